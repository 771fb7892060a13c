//! Runs the built program in a folder of its own, and makes a tiny model for it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::model::{FORMAT_VERSION, ModelDescription, ModelFile, ModelProvenance, ModelSource};
use hummingbird_engine::nn::config::{UNetConfig, VaeConfig};
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
    own_home: bool,
    variables: Vec<(&'static str, String)>,
    /// Whether the program starts with signals ignored, as `nohup` and shells start it.
    #[cfg(unix)]
    ignores_signals: bool,
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
        Self {
            current: folder(),
            home: folder(),
            drivers: true,
            own_home: true,
            variables: Vec::new(),
            #[cfg(unix)]
            ignores_signals: false,
        }
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

    /// The program with these arguments in its folder, not yet started.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hummingbird"));
        command.args(args).current_dir(self.current.path()).stdin(Stdio::null());
        for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR"] {
            command.env(home, self.home.path());
        }
        match self.own_home {
            true => command.env("HUMMINGBIRD_HOME", self.home.path().join("hummingbird")),
            false => command.env_remove("HUMMINGBIRD_HOME"),
        };
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
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // These tests may themselves run in the background.
            let action = if self.ignores_signals { libc::SIG_IGN } else { libc::SIG_DFL };
            let set = move || {
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
                    // SAFETY: `signal` may be called between fork and exec, and both actions are always valid.
                    unsafe { libc::signal(signal, action) };
                }
                Ok(())
            };
            // SAFETY: `set` does nothing but what is allowed between fork and exec.
            unsafe { command.pre_exec(set) };
        }
        command
    }

    /// Hides every graphics driver of this machine from the program (Linux: Vulkan's and EGL's loaders).
    pub fn without_drivers(self) -> Self {
        Self { drivers: false, ..self }
    }

    /// Lets the program keep its files where the system's conventions say, which are the test's own folders too.
    #[cfg(target_os = "linux")]
    pub fn in_folders_of_the_system(self) -> Self {
        Self { own_home: false, ..self }
    }

    /// Starts the program with the signals ignored that ask it to end.
    #[cfg(unix)]
    pub fn ignoring_signals(self) -> Self {
        Self { ignores_signals: true, ..self }
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

    /// The folder of everything that the program keeps.
    #[cfg(unix)]
    pub fn kept(&self, name: &str) -> PathBuf {
        self.home.path().join("hummingbird").join(name)
    }

    /// Runs to the end.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        self.run_with(args, |_| ())
    }

    /// Runs to the end with standard output or standard error changed.
    pub fn run_with<S: AsRef<OsStr>>(&self, args: &[S], change: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        change(&mut command);
        let out = command.spawn().and_then(Child::wait_with_output).expect("the program was built");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        Run { code: out.status.code(), stdout: text(&out.stdout), stderr: text(&out.stderr) }
    }

    /// Starts and returns at once.
    #[cfg(unix)]
    pub fn start(&self, args: &[&str]) -> Running {
        let mut child =
            self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was built");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, stderr: Some(stderr), said: String::new() }
    }
}

/// A program that runs.
#[cfg(unix)]
pub struct Running {
    child: Child,
    /// `None` once nobody reads it.
    stderr: Option<BufReader<std::process::ChildStderr>>,
    said: String,
}

#[cfg(unix)]
impl Running {
    /// Reads standard error until a line contains `words`.
    pub fn wait_for(&mut self, words: &str) {
        loop {
            let mut line = String::new();
            let stderr = self.stderr.as_mut().expect("it is still read");
            let read = stderr.read_line(&mut line).expect("the program writes UTF-8");
            self.said.push_str(&line);
            assert!(read > 0, "{words:?} never came:\n{}", self.said);
            if line.contains(words) {
                return;
            }
        }
    }

    /// The first line of standard output, without its end; the rest is left unread.
    pub fn first_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.child.stdout.as_mut().expect("it is piped");
        BufReader::with_capacity(1, stdout).read_line(&mut line).expect("the program writes UTF-8");
        line.trim_end().to_owned()
    }

    /// Closes the end from which standard error is read: from now on the program cannot write it.
    pub fn stop_reading(&mut self) {
        self.stderr = None;
    }

    /// Sends what Ctrl-C sends.
    pub fn interrupt(&self) {
        self.send(libc::SIGINT);
    }

    /// Sends a signal.
    pub fn send(&self, signal: i32) {
        let id = i32::try_from(self.child.id()).expect("ids of processes are small");
        // SAFETY: `kill` takes any numbers; the process is our own child and was not waited for, so the id is its.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0, "the signal was not sent");
    }

    /// Ends it as a power cut would: it gets no chance to save anything.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started");
    }

    /// Waits for the end.
    pub fn end(mut self) -> Run {
        if let Some(stderr) = &mut self.stderr {
            stderr.read_to_string(&mut self.said).expect("the program writes UTF-8");
        }
        let mut stdout = String::new();
        self.child.stdout.take().expect("it is piped").read_to_string(&mut stdout).expect("UTF-8");
        let code = self.child.wait().expect("it was started").code();
        Run { code, stdout, stderr: self.said }
    }
}

/// An untrained model of a third of the first Nano's width: it makes noise, but all of the program runs.
pub fn tiny_model(path: &Path) {
    tiny_model_described(path, |_| ());
}

/// The tiny model with its description changed.
pub fn tiny_model_described(path: &Path, change: impl FnOnce(&mut ModelDescription)) {
    let device = open(TrainDevice::Engine(DeviceChoice::Cpu), None).expect("the CPU always works").device;
    let nano = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let mut config = nano.description().config.clone();
    config.diffusion = nano_config(&config.vae).diffusion; // Without the scale of latents that nobody trained.
    config.unet = UNetConfig {
        in_channels: 8,
        out_channels: 8,
        model_channels: 16,
        channel_mult: vec![1, 2, 2],
        attention_resolutions: vec![1, 2, 4],
        time_cond_proj_dim: None,
        ..config.unet
    };
    config.vae = VaeConfig { ch: 8, ch_mult: vec![1, 2, 4, 4], z_channels: 8, patch: 1, ..config.vae };
    let start = SeededStart { seed: 1 };
    let loader = ParamLoader::new(&start, &device);
    let denoiser = Denoiser::init(&config, &loader).expect("a seeded start has everything");
    let vae = Vae::init(&config.vae, &loader.path(VAE_PREFIX)).expect("a seeded start has everything");
    let registry = loader.into_registry();
    let mut tensors = registry.export(&denoiser);
    tensors.extend(registry.export(&vae));
    let mut description = ModelDescription {
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
            tiny_decoder: false,
        },
        vocabulary: None,
        provenance: ModelProvenance::default(),
    };
    change(&mut description);
    write_model(path, &description, &tensors, WeightPrecision::F16).expect("writable");
}
