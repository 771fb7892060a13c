//! Networks that judge clips, and what is made of them, agree with the reference's.

mod flow;
mod towers;
