//! Lists the built styles and fonts in `assets/dist`, so that they become part of the program.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut names: Vec<String> = fs::read_dir(&dist)
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
        let path = dist.join(&name);
        let _ = writeln!(
            code,
            "    Asset {{ name: {name:?}, bytes: include_bytes!({:?}) }},",
            path.display().to_string()
        );
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("assets.rs"), code) {
        println!("cargo::error=the list of assets could not be written: {error}");
    }
}
