//! Scans of folders.

use super::*;
