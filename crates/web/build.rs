//! Copies the built styles and fonts from `assets/dist` and lists them, so that they become part of
//! the program.
//!
//! No path of this checkout gets into the list or into this program: several checkouts may share
//! compiled code.

use std::{env, fmt::Write as _, fs, path::Path};

const DIST: &str = "assets/dist";

fn main() {
    // Cargo starts this in the package's folder.
    println!("cargo::rerun-if-changed={DIST}");
    let out = env::var("OUT_DIR").unwrap_or_default();
    let out = Path::new(&out);
    let mut names: Vec<String> = fs::read_dir(DIST)
        .map(|entries| {
            entries
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .filter(|name| name != "manifest.json")
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    if !names.iter().any(|name| name == "app.css") {
        println!("cargo::error=the styles are not built: run `make assets` first");
    }
    let mut code = String::from("static ASSETS: &[Asset] = &[\n");
    for name in names {
        if let Err(error) = fs::copy(Path::new(DIST).join(&name), out.join(&name)) {
            println!("cargo::error={name} could not be copied: {error}");
        }
        let _ = writeln!(
            code,
            "    Asset {{ name: {name:?}, bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), {:?})) }},",
            format!("/{name}")
        );
    }
    code.push_str("];\n");
    if let Err(error) = fs::write(out.join("assets.rs"), code) {
        println!("cargo::error=the list of assets could not be written: {error}");
    }
}
