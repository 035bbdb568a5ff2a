//! Rebuilds the crate when the page is built anew: it is embedded from `web/dist`.

fn main() {
    // A watched path that does not exist would make every build a rebuild, so until then its folder is watched.
    let watched = if std::path::Path::new("web/dist").is_dir() { "web/dist" } else { "web" };
    println!("cargo:rerun-if-changed={watched}");
    println!("cargo:rerun-if-changed=build.rs");
}
