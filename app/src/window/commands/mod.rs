//! What changes the state: the commands of a person, and what the engine and the tasks report.

pub mod apply;
pub mod command;
pub mod events;
pub mod loras;
pub mod models;
