//! probe
fn main() {
    let lib = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let t = std::time::Instant::now();
    let e = embedded::engine::Engine::start(&lib, std::path::Path::new("/tmp/emb/data")).unwrap();
    println!("start {:?} version {}", t.elapsed(), e.version());
    for line in std::io::stdin().lines() {
        let line = line.unwrap().replace("\\n", "\n");
        let mut c = e.connect().unwrap();
        let t = std::time::Instant::now();
        println!("--- {line:?} analyse {:?} {:?}", c.analyse(&line), t.elapsed());
        if let Some((sql, rest)) = line.split_once("|||") {
            let (f, data) = rest.split_once("|").unwrap();
            match c.insert(sql, f, data.as_bytes()) { Ok(a) => println!("OK written {}", a.rows_written()), Err(x) => println!("ERR {x}") }
            continue;
        }
        match c.query(&line, "TabSeparated", &[("x".into(), "7".into())]) {
            Ok(a) => { drop(c); println!("OK w{} r{} {:?}", a.rows_written(), a.rows_read(), String::from_utf8_lossy(a.as_ref())) }
            Err(x) => println!("ERR {x}"),
        }
    }
}
