//! Nothing: this package is its tests. Cargo wants a target besides them, and this file is it.
