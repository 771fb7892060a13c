# The page of devices.

action-show-devices = Devices…
    .tooltip = See what computes clips, measure it, choose another

devices-title = Devices
devices-picked = Automatic takes { $name }: { $why }
devices-why-failed = { $name } does not open, so { $other } computes
devices-computer-memory = This computer has { $size } of memory
devices-looking = Looking at the devices…
devices-look-again = Look again
devices-copy-report = Copy report
devices-copy-report-hint = All that stands here, as text for a bug report, without paths of yours
devices-automatic = Choose automatically
devices-automatic-chosen = The device is chosen automatically
devices-close = Close

devices-in-use = In use
devices-best = Picked automatically
devices-does-not-open = Does not open

devices-kind = Kind
devices-kind-card = Graphics card
devices-kind-chip = Graphics chip, which shares the memory of the computer
devices-kind-virtual = Graphics of a virtual machine
devices-kind-other = Graphics
devices-kind-software = Driver that computes on the processor
devices-kind-cpu = Processor
devices-interface = Interface
devices-driver = Driver
devices-memory = Memory free now
devices-memory-free = { $free } of { $all }
devices-largest-buffer = Largest buffer · binding
devices-halves = Numbers of 16 bits
devices-subgroups = Subgroups
devices-matrices = Cooperative matrices
# Threads of a graphics card that go in step.
devices-lanes = { $lanes } lanes
devices-share = Time of graphics devices
devices-share-hint = Less than all of it leaves the rest to the desktop and other programs: clips take longer. It also counts for a clip that is being made. The processor is always used fully.
devices-share-of = { $percent }%
devices-battery = Wait while the computer runs on its battery
devices-battery-hint = Clips stop after a step and trainings after an update, and go on by themselves at a socket
devices-kernels = Speed of kernels
# Kernels that were tried, by kind of work; names of both stay as they are.
devices-tried = Kernels taken
devices-tried-taken = { $work }: { $kernel }, { $speed }
devices-tried-share = { $work }: { $kernel }, { $speed }, { $percent }% of the peak
devices-tried-wrong = { $work }: { $kernel } gives wrong results and is off
devices-yes = Yes
devices-no = No

devices-measured-speed = Measured speed
devices-never-measured = Not measured yet
devices-with-matrices = { $speed } with cooperative matrices
# A step of a model: one pass through its network.
devices-step = { $milliseconds } ms a step of { $model }
devices-unsteady = something else used the device
devices-clips = Clips made on it
devices-clip-time = { $model }: { $step } s a step, { $rest } s beside ({ $megapixels } megapixels a step)

devices-use = Use this one
devices-chosen = clips are computed on this one
devices-measure = Measure now
devices-starting = Opening the device…
devices-measuring = Measuring { $done } of { $total }: { $case }
devices-stopping = Stopping…
devices-stop = Stop measuring
devices-measured = { $name } was measured
devices-stopped = The measuring of { $name } was stopped
devices-not-measured = { $name } could not be measured: { $error }
devices-busy-measuring = a device is being measured
devices-busy-clip = a clip is being made
devices-busy-training = a training is under way

# A file that says where the clips of unfinished grids are.
devices-grids-damaged = the file of grids is damaged ({ $damage }): what can be read is used; { $aside }
