//! A step over several symbols allocates nothing (M-3): counted by the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use omega_core::multi_symbol::iterator::Pass;
use omega_core::multi_symbol::timeline::union;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting the calls of each thread.
struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Times of 50 symbols, of which each lacks other steps.
fn times() -> Vec<Vec<i64>> {
    let of_symbol =
        |symbol: i64| (symbol..2_000).filter(|step| step % (symbol + 2) > 0).map(|step| step * 60).collect();
    (0..50).map(of_symbol).collect()
}

#[test]
fn a_step_allocates_nothing() {
    let times = times();
    let views: Vec<&[i64]> = times.iter().map(Vec::as_slice).collect();
    let timeline = union(&views);
    let mut pass = Pass::new(&times, &timeline, 0, timeline.len());
    let (before, mut seen) = (ALLOCATIONS.get(), 0);
    while pass.advance(&times, &timeline) {
        seen = pass.seen[49];
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!((pass.step + 1, seen), (timeline.len(), times[49].len()));
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    let made = std::hint::black_box(vec![1_u8; 100]);
    assert_eq!((ALLOCATIONS.get() - before, made.len()), (1, 100));
}
