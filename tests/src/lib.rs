//! What the system tests share. The tests themselves are in `tests/tests/`, one file or folder for each subject; their
//! data are in `tests/data/`.
//!
//! Here: golden files made by the reference code ([`golden`]), the rule that gives their weights ([`rule`]), the comparison
//! that names the first block that diverges ([`compare`]), the devices to run on ([`devices`]), engines that
//! keep their files apart ([`engine`]), checkpoints of PyTorch, written ([`checkpoint_writer`]) and compared ([`checkpoint_files`]), a file server that does everything wrong ([`http_server`]), files
//! that anyone may have made ([`hostile`]), clips with planted faults ([`planted`]), the judgement of the speed gate ([`instruction_counts`]), students in
//! training ([`students`]), and what benches give a U-Net ([`mod@unet_input`]).
//! Start at [`compare`].

pub mod checkpoint_files;
pub mod checkpoint_writer;
pub mod compare;
pub mod devices;
pub mod engine;
pub mod golden;
pub mod hostile;
pub mod http_server;
pub mod instruction_counts;
pub mod planted;
pub mod rule;
pub mod students;
pub mod unet_input;
