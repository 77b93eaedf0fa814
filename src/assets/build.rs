//! Lets the crate compile before the front end was ever built, and again whenever it was.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let built = Path::new("../../web/dist");
    fs::create_dir_all(built)?;
    // Cargo compares times, which a restored cache may have turned back; the build writes its
    // number anew into this file, so that it is looked at by name too.
    for path in ["../../web/dist", "../../web/dist/build.json"] {
        println!("cargo:rerun-if-changed={path}");
    }
    if !built.join("index.html").exists() {
        println!("cargo:warning=the portal is not built: npm ci && npm run build, in web/");
    }
    Ok(())
}
