//! medaxis
fn main() {}
