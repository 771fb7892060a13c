//! Memory of the processor: what the program holds, counted, and large blocks kept ready for the next tensor.
//!
//! [`Allocator`] is the binary's global allocator; [`Meter`] says what a piece of work held at most. What a job will need is
//! worked out elsewhere, by the planner of jobs. Start at `allocator.rs`; `blocks.rs` has the
//! large blocks, `counter.rs` the sums; `computer.rs` asks the system what there is.

mod allocator;
mod blocks;
mod computer;
mod counter;

pub use allocator::{Allocator, Meter, Usage, trim, usage};
pub use computer::{ComputerMemory, of_computer};
