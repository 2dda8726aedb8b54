//! nestest
fn main() {}
