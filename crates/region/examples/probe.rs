//! x
#![allow(clippy::all, clippy::print_stdout)]
fn main() {
    let t = dfg_region::starter();
    let p = dfg_region::read(
        &dfg_region::Folder::from_texts(&t),
        jiff::civil::date(2026, 11, 22),
    )
    .unwrap();
    let w = dfg_region::write(&p, &Default::default());
    for (k, v) in w {
        println!("=== {k}\n{v}");
    }
    println!(
        "{}",
        serde_json::to_string_pretty(&dfg_region::schemas()["theme"]).unwrap()
    );
    println!(
        "{}",
        serde_json::to_string_pretty(&dfg_region::schemas()["observation"]).unwrap()
    );
}
