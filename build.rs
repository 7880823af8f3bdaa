//! Links the shared library as its users need it: with the ABI's number in its name, and never unloaded.

/// The major number of `KEI_ABI_VERSION` in src/ffi/abi.rs; tests/c checks that they agree.
const ABI_MAJOR: u32 = 1;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libkei_agent.so.{ABI_MAJOR}");
            // Threads of ours may still be ending when a host unloads the library: it stays.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,relro,-z,now");
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libkei_agent.{ABI_MAJOR}.dylib");
        }
        _ => {}
    }
}
