//! Runs the built program in a folder of its own, and makes a tiny model for it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::model::{FORMAT_VERSION, ModelDescription, ModelProvenance};
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, Vae};
use hummingbird_engine::request::{RequestLimits, Reuse, SamplerKind};
use hummingbird_engine::training::device::{TrainDevice, open};
use hummingbird_engine::training::objectives::denoising::Denoiser;
use hummingbird_engine::training::recipes::nano::nano_config;
use hummingbird_engine::weights::{SeededStart, WeightPrecision, write_model};
use tempfile::TempDir;

/// The program with a home and a current folder that nobody else uses.
pub struct Program {
    current: TempDir,
    home: TempDir,
    drivers: bool,
    variables: Vec<(&'static str, String)>,
}

/// What a run gave.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Checks the exit code and that standard error contains `words`; an error is printed once.
    pub fn check(&self, name: &str, code: i32, words: &str) {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "{name}\nstdout:\n{stdout}\nstderr:\n{stderr}");
        assert!(stderr.contains(words), "{name}: {words:?} is missing in\n{stderr}");
        assert!(!stderr.contains("panicked"), "{name} panicked:\n{stderr}");
        assert_eq!(stderr.matches("error:").count(), usize::from(code == 1 || code == 2), "{name}:\n{stderr}");
    }
}

impl Program {
    pub fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        Self { current: folder(), home: folder(), drivers: true, variables: Vec::new() }
    }

    /// A path in the current folder of the program.
    pub fn path(&self, name: &str) -> PathBuf {
        self.current.path().join(name)
    }

    /// Names of everything in the current folder, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.current.path()).expect("the folder was just made");
        let mut names: Vec<String> =
            entries.map(|it| it.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hummingbird"));
        command.args(args).current_dir(self.current.path()).stdin(Stdio::null());
        for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR"] {
            command.env(home, self.home.path());
        }
        for variable in ["HF_ENDPOINT", "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(display);
        }
        if !self.drivers {
            let files =
                ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "__EGL_VENDOR_LIBRARY_FILENAMES", "__EGL_VENDOR_LIBRARY_DIRS"];
            for variable in files {
                command.env(variable, self.home.path().join("none"));
            }
        }
        command
    }

    /// Hides every graphics driver of this machine from the program (Linux: Vulkan's and EGL's loaders).
    pub fn without_drivers(self) -> Self {
        Self { drivers: false, ..self }
    }

    /// Sets an environment variable for the program.
    #[cfg(target_os = "linux")]
    pub fn with_variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// A path in the models folder of the program.
    #[cfg(target_os = "linux")]
    pub fn model(&self, name: &str) -> PathBuf {
        self.home.path().join("hummingbird/models").join(name)
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Run {
        let out = self.command(args).output().expect("the program was built");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        Run { code: out.status.code(), stdout: text(&out.stdout), stderr: text(&out.stderr) }
    }

    /// Starts and returns at once.
    #[cfg(unix)]
    pub fn start(&self, args: &[&str]) -> Running {
        let mut child =
            self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was built");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, stderr, said: String::new() }
    }
}

/// A program that runs.
#[cfg(unix)]
pub struct Running {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    said: String,
}

#[cfg(unix)]
impl Running {
    /// Reads standard error until a line contains `words`.
    pub fn wait_for(&mut self, words: &str) {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).expect("the program writes UTF-8");
            self.said.push_str(&line);
            assert!(read > 0, "{words:?} never came:\n{}", self.said);
            if line.contains(words) {
                return;
            }
        }
    }

    /// Sends what Ctrl-C sends.
    pub fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|it| it.success()), "the signal was not sent");
    }

    /// Ends it as a power cut would: it gets no chance to save anything.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started");
    }

    /// Waits for the end.
    pub fn end(mut self) -> Run {
        self.stderr.read_to_string(&mut self.said).expect("the program writes UTF-8");
        let mut stdout = String::new();
        self.child.stdout.take().expect("it is piped").read_to_string(&mut stdout).expect("UTF-8");
        let code = self.child.wait().expect("it was started").code();
        Run { code, stdout, stderr: self.said }
    }
}

/// An untrained model of Nano's architecture at a third of its width: it makes noise, but all of the program runs.
pub fn tiny_model(path: &Path) {
    let device = open(TrainDevice::Engine(DeviceChoice::Cpu)).expect("the CPU always works").device;
    let mut config = nano_config();
    config.unet.model_channels = 16;
    config.vae.ch = 8;
    let start = SeededStart { seed: 1 };
    let loader = ParamLoader::new(&start, &device);
    let denoiser = Denoiser::init(&config, &loader).expect("a seeded start has everything");
    let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX)).expect("a seeded start has everything");
    let registry = loader.into_registry();
    let mut tensors = registry.export(&denoiser);
    tensors.extend(registry.export(&vae));
    let description = ModelDescription {
        format_version: FORMAT_VERSION,
        name: "Tiny".to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        tokenizer: "clip-bpe".to_owned(),
        config,
        limits: RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: 16,
            max_frames: 64,
            default_width: 96,
            default_height: 64,
            size_multiple: 32,
            max_size: 256,
            default_fps: 8,
            default_reuse: Reuse::Off,
            light_decoder: false,
        },
        vocabulary: None,
        provenance: ModelProvenance::default(),
    };
    write_model(path, &description, &tensors, WeightPrecision::F16).expect("writable");
}
