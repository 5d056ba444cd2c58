// Beds are rows of a table drawn as tiles. Browsers drop the roles of table parts
// that are laid out as a grid, so those are written down and are not redundant.
export default {
  compilerOptions: {
    warningFilter: (warning) => warning.code !== "a11y_no_redundant_roles",
  },
};
