//! Stamps the module with the digest of the sources it is built from (F-6) and the build profile.
//!
//! `omega.serve.native.source_digest` computes the same digest from a checkout; a test keeps both equal.

use std::fs;
use std::io::Error;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

fn main() -> Result<(), Error> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let root = package.ancestors().nth(2).ok_or_else(|| Error::other("the package is not inside the workspace"))?;
    let mut sources = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    collect(&root.join("rust_impl"), &mut sources)?;
    println!("cargo::rerun-if-changed={}", root.join("rust_impl").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    println!("cargo::rustc-env=OMEGA_SOURCE_DIGEST={}", digest(root, &sources)?);
    println!("cargo::rustc-env=OMEGA_BUILD_PROFILE={}", variable("PROFILE")?);
    Ok(())
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| Error::other(format!("{name}: {error}")))
}

/// Folders of what is not built into the module.
const LEFT_OUT: [&str; 4] = ["target", "tests", "examples", "benches"];

/// Adds every `*.rs` and `Cargo.toml` under `folder` that the module is built from.
fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().and_then(|name| name.to_str()).is_none_or(|name| !LEFT_OUT.contains(&name)) {
                collect(&path, sources)?;
            }
        } else if path.extension().is_some_and(|end| end == "rs")
            || path.file_name().is_some_and(|name| name == "Cargo.toml")
        {
            sources.push(path);
        }
    }
    Ok(())
}

/// xxh3_128 over path, NUL, length and content of each file, in the order of the posix paths; of Rust the code alone.
fn digest(root: &Path, sources: &[PathBuf]) -> Result<String, Error> {
    let mut named = Vec::with_capacity(sources.len());
    for path in sources {
        let relative = path.strip_prefix(root).map_err(Error::other)?;
        named.push((relative.to_string_lossy().replace('\\', "/"), path));
    }
    named.sort();
    let mut hash = Xxh3::new();
    for (name, path) in named {
        let mut content = without_carriage_returns(&fs::read(path)?);
        if path.extension().is_some_and(|end| end == "rs") {
            content = without_comment_lines(&content);
        }
        hash.update(name.as_bytes());
        hash.update(&[0]);
        hash.update(&(content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(format!("{:032x}", hash.digest128()))
}

/// A checkout with CRLF line ends must not look like other sources.
fn without_carriage_returns(content: &[u8]) -> Vec<u8> {
    let is_kept = |(index, byte): (usize, &u8)| !(*byte == b'\r' && content.get(index + 1) == Some(&b'\n'));
    content.iter().enumerate().filter(|&pair| is_kept(pair)).map(|(_, byte)| *byte).collect()
}

/// An edited comment makes no other module; no text of several lines has a line that looks like one (a test sees to it).
fn without_comment_lines(content: &[u8]) -> Vec<u8> {
    let is_code = |line: &&[u8]| !line.trim_ascii_start().starts_with(b"//");
    content.split_inclusive(|&byte| byte == b'\n').filter(is_code).flatten().copied().collect()
}
