//! `hummingbird devices`: where clips can be computed.

use hummingbird_engine::device;

use super::args::DevicesArgs;
use super::print;

pub(super) fn run(args: &DevicesArgs) -> anyhow::Result<()> {
    let devices = device::list(crate::speeds().as_ref());
    if args.json {
        return print::json(&devices);
    }
    let rows: Vec<Vec<String>> = devices
        .into_iter()
        .map(|it| {
            let limit = if it.max_buffer_bytes == 0 { String::new() } else { print::bytes(it.max_buffer_bytes) };
            let chosen = if it.chosen_by_auto { "chosen by auto".to_owned() } else { String::new() };
            let note = [chosen, it.note].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("; ");
            let kind = format!("{:?}", it.kind).to_lowercase();
            vec![it.choice, it.name, kind, it.backend, it.driver, limit, note]
        })
        .collect();
    let header = ["device", "name", "kind", "interface", "driver", "largest buffer", ""];
    print::line(&print::table(&header, &rows))
}
