//! Gives the program its icon and its version where it is built for Windows.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=../../../assets/icon.ico");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "windows") {
        let mut resource = winresource::WindowsResource::new();
        resource.set_icon("../../../assets/icon.ico").set("ProductName", "Hummingbird");
        resource.set("FileDescription", "Hummingbird");
        resource.compile()?;
    }
    Ok(())
}
