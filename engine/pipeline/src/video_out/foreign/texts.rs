//! What the texts of a file mean.

use serde_json::{Map, Value};

use super::containers::Texts;
use super::{ForeignProgram, ForeignSettings};

/// Longest prompt that is taken over, in characters.
const MAX_PROMPT: usize = 20_000;
/// Longest name of a model.
const MAX_NAME: usize = 200;
/// How many nodes of a graph are followed from a sampler to a prompt.
const MAX_HOPS: usize = 32;

/// The settings in the texts of a file: the first that are understood, graphs of ComfyUI before what is written for people.
pub(super) fn understand(texts: &Texts) -> Option<ForeignSettings> {
    let json: Vec<(&str, Map<String, Value>)> =
        texts.iter().filter_map(|(name, text)| Some((name.as_str(), object(text)?))).collect();
    let graphs = json.iter().filter_map(|(name, object)| match object.get("prompt") {
        // A comment that holds the graph as a text or as an object, as video nodes write it.
        Some(Value::String(text)) => self::object(text),
        Some(Value::Object(graph)) => Some(graph.clone()),
        _ => (*name == "prompt").then(|| object.clone()),
    });
    let comfy = graphs.filter(is_graph).find_map(|graph| of_graph(&graph));
    let wan = || json.iter().find_map(|(_, object)| of_wan(object));
    let web_ui = || texts.iter().find_map(|(_, text)| of_parameters(text));
    comfy.or_else(wan).or_else(web_ui)
}

fn object(text: &str) -> Option<Map<String, Value>> {
    let text = text.trim().trim_end_matches('\0');
    if !text.starts_with('{') {
        return None;
    }
    // Python writes NaN into JSON, which is none: ComfyUI's `is_changed` often has it.
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&text.replace("NaN", "null")).ok())
}

fn shortened(text: &str, most: usize) -> String {
    text.trim().chars().filter(|letter| *letter != '\0').take(most).collect()
}

// ---- Stable Diffusion web UI ----

/// `PROMPT`, then `Negative prompt: ..`, then `Steps: 20, Sampler: .., CFG scale: 7, Seed: 1, Size: 512x512, Model: ..` on the last line.
fn of_parameters(text: &str) -> Option<ForeignSettings> {
    let text = text.trim_matches(['\0', '\n', ' ', '\r']);
    let (before, last) = match text.rfind("\nSteps: ") {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => ("", text.strip_prefix("Steps: ").map(|_| text)?),
    };
    let last = last.lines().next().unwrap_or_default();
    let mut settings = ForeignSettings::of(ForeignProgram::WebUi);
    let (prompt, negative) = match before.find("Negative prompt:") {
        Some(at) if at == 0 || before[..at].ends_with('\n') => before.split_at(at),
        _ => (before, ""),
    };
    settings.prompt = shortened(prompt, MAX_PROMPT);
    settings.negative = shortened(negative.trim_start_matches("Negative prompt:"), MAX_PROMPT);
    for (name, value) in pairs(last) {
        match name {
            "Steps" => settings.steps = value.parse().ok(),
            "Seed" => settings.seed = value.parse().ok(),
            "CFG scale" => settings.guidance = finite(value.parse().ok()),
            "Size" => settings.size = size(value),
            "Model" => settings.model = shortened(value, MAX_NAME),
            _ => {}
        }
    }
    Some(settings)
}

/// `NAME: VALUE` between commas; a value in quotes may hold commas.
fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once(": ")?;
        let quoted = after.strip_prefix('"').and_then(|inside| {
            let end = inside.char_indices().scan('"', |before, (at, letter)| {
                let ends = letter == '"' && *before != '\\';
                *before = letter;
                Some((at, ends))
            });
            end.filter(|(_, ends)| *ends).map(|(at, _)| at).next().map(|end| inside.split_at(end))
        });
        let (value, after) = match quoted {
            Some((value, after)) => (value, after.trim_start_matches('"')),
            None => after.split_at(after.find(", ").unwrap_or(after.len())),
        };
        rest = after.trim_start_matches([',', ' ']);
        Some((name.trim(), value.trim()))
    })
}

fn size(text: &str) -> Option<[u32; 2]> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    let sides = [width.trim().parse().ok()?, height.trim().parse().ok()?];
    sides.iter().all(|side| (1..=65_535).contains(side)).then_some(sides)
}

fn finite(number: Option<f32>) -> Option<f32> {
    number.filter(|number| number.is_finite())
}

// ---- WanGP ----

/// One flat object with the names of WanGP's settings.
fn of_wan(object: &Map<String, Value>) -> Option<ForeignSettings> {
    let is_wan = text(object, "type").is_some_and(|made_by| made_by.contains("WanGP"))
        || ["num_inference_steps", "video_length", "resolution", "model_type"]
            .iter()
            .filter(|name| object.contains_key(**name))
            .count()
            >= 2;
    let prompt = text(object, "prompt").filter(|_| is_wan)?;
    let mut settings = ForeignSettings::of(ForeignProgram::WanGp);
    settings.prompt = shortened(prompt, MAX_PROMPT);
    settings.negative = shortened(text(object, "negative_prompt").unwrap_or_default(), MAX_PROMPT);
    settings.seed = whole(object.get("seed"));
    settings.steps = whole(object.get("num_inference_steps")).and_then(|steps| u32::try_from(steps).ok());
    settings.guidance = finite(object.get("guidance_scale").and_then(Value::as_f64).map(|scale| scale as f32));
    settings.size = text(object, "resolution").and_then(size);
    settings.frames = whole(object.get("video_length")).and_then(|frames| u32::try_from(frames).ok());
    let model = text(object, "model_type").or_else(|| text(object, "model_filename"));
    settings.model = shortened(model.unwrap_or_default(), MAX_NAME);
    Some(settings)
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A whole number, also where it was written as `12.0` or as a text.
fn whole(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64().or_else(|| {
            let number = number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9e15).contains(number))?;
            Some(number as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

// ---- ComfyUI ----

/// Nodes by their numbers, each with a type and inputs.
fn is_graph(graph: &Map<String, Value>) -> bool {
    graph.values().any(|node| node.get("class_type").is_some_and(Value::is_string))
}

/// The settings of the first sampler of a graph; inputs that are links lead to the nodes that give them.
fn of_graph(graph: &Map<String, Value>) -> Option<ForeignSettings> {
    let nodes = Nodes(graph);
    let samplers = graph.values().filter_map(|node| node.get("inputs")?.as_object());
    let sampler = samplers.max_by_key(|inputs| {
        let has = |names: &[&str]| u8::from(names.iter().any(|name| inputs.contains_key(*name)));
        2 * has(&["positive", "conditioning", "guider"])
            + has(&["seed", "noise_seed", "noise"])
            + has(&["steps", "sigmas"])
    })?;
    let mut settings = ForeignSettings::of(ForeignProgram::ComfyUi);
    let prompt = |names: &[&str]| names.iter().find_map(|name| nodes.text(sampler.get(*name)?, name));
    settings.prompt = shortened(&prompt(&["positive", "conditioning", "guider"]).unwrap_or_default(), MAX_PROMPT);
    settings.negative = shortened(&prompt(&["negative"]).unwrap_or_default(), MAX_PROMPT);
    let number = |inputs: &[&str], names: &[&str]| {
        let own = names.iter().find_map(|name| whole(sampler.get(*name)));
        own.or_else(|| inputs.iter().find_map(|input| nodes.number(sampler.get(*input)?, names)))
    };
    settings.seed = number(&["seed", "noise_seed", "noise"], &["seed", "noise_seed", "value"]);
    settings.steps = number(&["steps", "sigmas"], &["steps", "value"]).and_then(|steps| u32::try_from(steps).ok());
    settings.guidance = finite(sampler.get("cfg").and_then(Value::as_f64).map(|scale| scale as f32));
    let side = |name: &str| {
        let latent = sampler.get("latent_image").or_else(|| sampler.get("positive"))?;
        nodes.number(latent, &[name]).and_then(|side| u32::try_from(side).ok())
    };
    settings.size = side("width").zip(side("height")).map(|(width, height)| [width, height]);
    settings.frames = side("length");
    let loader = graph.values().filter_map(|node| node.get("inputs")?.as_object());
    let mut names = loader.filter_map(|inputs| text(inputs, "ckpt_name").or_else(|| text(inputs, "unet_name")));
    settings.model = shortened(names.next().unwrap_or_default(), MAX_NAME);
    (settings.seed.is_some() || !settings.prompt.is_empty()).then_some(settings)
}

struct Nodes<'a>(&'a Map<String, Value>);

impl<'a> Nodes<'a> {
    /// The inputs of the node that a link leads to.
    fn inputs(&self, link: &Value) -> Option<&'a Map<String, Value>> {
        let Value::Array(parts) = link else { return None };
        let number = match parts.first()? {
            Value::String(number) => number.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        self.0.get(&number)?.get("inputs")?.as_object()
    }

    /// Nodes from a link on, nearest first, with a bound: graphs may have circles.
    fn from(&self, link: &Value, wanted: impl Fn(&str) -> bool) -> Vec<&'a Map<String, Value>> {
        let mut reached: Vec<&'a Map<String, Value>> = self.inputs(link).into_iter().collect();
        let mut next = 0;
        while next < reached.len() && reached.len() < MAX_HOPS {
            let inputs = reached[next];
            next += 1;
            for (_, value) in inputs.iter().filter(|(name, _)| wanted(name)) {
                if let Some(further) =
                    self.inputs(value).filter(|it| !reached.iter().any(|seen| std::ptr::eq(*seen, *it)))
                {
                    reached.push(further);
                }
            }
        }
        reached
    }

    /// The first text from a link on. Nodes between a prompt and a sampler may hold both prompts: of theirs the side is kept.
    fn text(&self, link: &Value, side: &str) -> Option<String> {
        if let Value::String(text) = link {
            return Some(text.clone());
        }
        let other = if side == "negative" { "positive" } else { "negative" };
        let reached = self.from(link, |name| name != other && !matches!(name, "clip" | "model" | "vae" | "image"));
        reached.into_iter().find_map(|inputs| {
            ["text", "string", "value", "t5xxl", "clip_l", "text_g", "prompt"]
                .iter()
                .find_map(|name| text(inputs, name))
                .map(str::to_owned)
        })
    }

    /// The first of these numbers from a link on.
    fn number(&self, link: &Value, names: &[&str]) -> Option<u64> {
        let reached = self.from(link, |name| !matches!(name, "clip" | "model" | "vae"));
        reached.into_iter().find_map(|inputs| names.iter().find_map(|name| whole(inputs.get(*name))))
    }
}
