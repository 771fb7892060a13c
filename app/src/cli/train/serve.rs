//! `hummingbird train serve`: lends a device to training runs.

use hummingbird_engine::training::device::{PlaceChoice, open};
use hummingbird_engine::training::remote::{self, LentAt};

use super::super::print;
use super::args::TrainServeArgs;

pub(super) fn run(args: &TrainServeArgs) -> anyhow::Result<()> {
    let opened = open(args.device, crate::speeds().as_ref())?;
    let mut printed = Ok(());
    let lent = |at: LentAt| {
        if !at.is_of_this_machine() {
            print::note(&format!(
                "warning: whoever reaches {at} can use this device and read what is sent, which is not encrypted"
            ));
        }
        printed = print::line(&PlaceChoice::Remote(at).to_string());
    };
    remote::serve(&opened, args.address, lent)?;
    printed
}
