//! Another Rust library in the same C program: with a standard library, allocations and a caught panic of its own.

/// Adds two numbers on a thread of its own, past a panic that it catches.
#[unsafe(no_mangle)]
pub extern "C" fn other_add(left: i32, right: i32) -> i32 {
    let caught = std::panic::catch_unwind(|| panic!("on purpose")).is_err();
    let sum = std::thread::spawn(move || [left, right].iter().sum::<i32>()).join().unwrap_or(0);
    if caught { sum } else { 0 }
}
