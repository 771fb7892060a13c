//! What changes the state, and nothing else does: commands of a person, reports of the engine and of tasks.
//!
//! A [`command::Command`] is what panels push; [`table`] says what each action is called and which keys it has, [`keymap`] with the changes of the user, [`keys`]
//! turns keys into commands, [`available`] says what can be done now. [`apply`] carries commands out, [`events`] writes down what the
//! engine reports, [`models`], [`devices`], [`first_steps`], [`library`], [`data`], [`training`], [`loras`], [`palette`], [`queue`], [`batch`],
//! [`paused`], [`prompting`], [`prompt_history`], [`styles`], [`start`], [`clip_settings`], [`exports`], [`save_file`] and [`dialogs`] hold the longer ones of both. What the state alone
//! cannot do leaves as an [`effect::Effect`]. Not here: drawing (`panels`), files and threads (`tasks`).

pub mod apply;
pub mod available;
pub mod batch;
pub mod clip_settings;
pub mod command;
pub mod data;
pub mod devices;
pub mod dialogs;
pub mod effect;
pub mod events;
pub mod exports;
pub mod first_steps;
pub mod keymap;
pub mod keys;
pub mod library;
pub mod loras;
pub mod model_folders;
mod models;
pub mod palette;
pub mod paused;
mod power;
pub mod prompt_history;
pub mod prompting;
pub mod queue;
pub mod save_file;
pub mod start;
pub mod styles;
pub mod table;
pub mod training;
mod version;
