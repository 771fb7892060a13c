//! Networks that judge clips, and what is made of them, agree with the reference's.

mod flow;
mod motion_stages;
mod networks;
mod towers;
mod vbench;
mod vqa;
