//! `hummingbird train serve`: lends a device to training runs.

use std::net::SocketAddr;

use hummingbird_engine::training::device::{PlaceChoice, open};
use hummingbird_engine::training::remote;

use super::super::args::TrainServeArgs;
use super::super::print;

pub(super) fn run(args: &TrainServeArgs) -> anyhow::Result<()> {
    let opened = open(args.device, crate::speeds().as_ref())?;
    let mut printed = Ok(());
    let lent = |address: SocketAddr| printed = print::line(&PlaceChoice::Remote(address).to_string());
    remote::serve(&opened, args.address, lent)?;
    printed
}
