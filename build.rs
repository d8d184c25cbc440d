//! Writes the wire codec from the message tables in `src/wire/definitions`.
#![allow(clippy::print_stdout, reason = "cargo reads a build script's directives from there")]

use std::env;
use std::path::Path;

#[path = "src/wire/generator/mod.rs"]
mod generator;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/wire/generator");
    println!("cargo:rerun-if-changed=src/wire/definitions");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    generator::generate(Path::new("src/wire/definitions"), Path::new(&out));
}
