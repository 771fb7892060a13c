//! Pipelines made through Vulkan itself, and what the driver says of them. Nothing runs: submissions to a GPU that is not there
//! are lost, and `wgpu` cannot keep such a device open.

use std::ffi::CStr;

use ash::khr::{cooperative_matrix, pipeline_executable_properties};
use ash::vk;

use crate::Result;

/// Most bindings of a kernel.
const BINDINGS: u32 = 8;

/// The first device of the first driver.
pub struct Driver {
    /// What the driver calls it.
    pub name: String,
    /// Smallest and largest subgroup.
    pub subgroups: String,
    /// Whether it has cooperative matrices.
    pub has_matrices: bool,
    device: ash::Device,
    properties: pipeline_executable_properties::Device,
    layout: vk::PipelineLayout,
    // Both must outlive the device.
    _instance: ash::Instance,
    _entry: ash::Entry,
}

/// What became of a kernel.
pub struct Compiled {
    /// Lanes of its subgroups.
    pub wave: u32,
    /// The text of the machine code.
    pub machine_code: String,
    statistics: Vec<(String, u64)>,
}

impl Compiled {
    /// A number that the driver gives under this name; zero where it gives none.
    pub fn statistic(&self, name: &str) -> u64 {
        self.statistics.iter().find(|(it, _)| it == name).map_or(0, |(_, value)| *value)
    }
}

impl Driver {
    /// Opens the device.
    pub fn open() -> Result<Self> {
        // SAFETY: the library that is loaded is the system's Vulkan loader, whose initialisers do nothing but set it up.
        let entry = unsafe { ash::Entry::load()? };
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
        let instance_info = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: the structures live until the call returns, and the entry as long as the instance.
        let instance = unsafe { entry.create_instance(&instance_info, None)? };
        // SAFETY: the instance is alive.
        let physical = unsafe { instance.enumerate_physical_devices()? };
        let physical = *physical.first().ok_or("no driver offers a device: is RADV_FORCE_FAMILY set?")?;
        let mut sizes = vk::PhysicalDeviceSubgroupSizeControlProperties::default();
        let mut about = vk::PhysicalDeviceProperties2::default().push_next(&mut sizes);
        // SAFETY: the chained structures are alive, and of types that Vulkan 1.3 knows.
        unsafe { instance.get_physical_device_properties2(physical, &mut about) };
        let name = about.properties.device_name_as_c_str()?.to_string_lossy().into_owned();
        let subgroups = format!("subgroups of {} to {}", sizes.min_subgroup_size, sizes.max_subgroup_size);
        // SAFETY: the instance and its device are alive.
        let offered = unsafe { instance.enumerate_device_extension_properties(physical)? };
        let offers = |name: &CStr| offered.iter().any(|it| it.extension_name_as_c_str().is_ok_and(|it| it == name));
        let has_matrices = offers(cooperative_matrix::NAME);
        if !offers(pipeline_executable_properties::NAME) {
            return Err(format!("{name}: its driver says nothing of what it compiled").into());
        }
        let mut extensions = vec![pipeline_executable_properties::NAME.as_ptr()];
        let mut executable =
            vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default().pipeline_executable_info(true);
        let mut matrices = vk::PhysicalDeviceCooperativeMatrixFeaturesKHR::default().cooperative_matrix(true);
        let mut of_11 = vk::PhysicalDeviceVulkan11Features::default().storage_buffer16_bit_access(true);
        let mut of_12 = vk::PhysicalDeviceVulkan12Features::default()
            .shader_float16(true)
            .vulkan_memory_model(true)
            .vulkan_memory_model_device_scope(true)
            .storage_buffer8_bit_access(true)
            .shader_int8(true);
        let mut of_13 = vk::PhysicalDeviceVulkan13Features::default()
            .subgroup_size_control(true)
            .compute_full_subgroups(true)
            .shader_integer_dot_product(true)
            .maintenance4(true);
        let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
        let mut info = vk::DeviceCreateInfo::default()
            .queue_create_infos(&queues)
            .push_next(&mut of_11)
            .push_next(&mut of_12)
            .push_next(&mut of_13)
            .push_next(&mut executable);
        if has_matrices {
            extensions.push(cooperative_matrix::NAME.as_ptr());
            info = info.push_next(&mut matrices);
        }
        info = info.enabled_extension_names(&extensions);
        // SAFETY: the chained structures and names are alive, and what they ask for was offered or is part of Vulkan 1.3 on
        // these GPUs; else the driver refuses.
        let device = unsafe { instance.create_device(physical, &info, None)? };
        let bindings = (0..BINDINGS).map(|binding| {
            vk::DescriptorSetLayoutBinding::default()
                .binding(binding)
                .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                .descriptor_count(1)
                .stage_flags(vk::ShaderStageFlags::COMPUTE)
        });
        let bindings = bindings.collect::<Vec<_>>();
        let set = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
        // SAFETY: the device is alive, and so are the structures.
        let sets = [unsafe { device.create_descriptor_set_layout(&set, None)? }];
        let layout = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
        // SAFETY: as above.
        let layout = unsafe { device.create_pipeline_layout(&layout, None)? };
        let properties = pipeline_executable_properties::Device::new(&instance, &device);
        Ok(Self { name, subgroups, has_matrices, device, properties, layout, _instance: instance, _entry: entry })
    }

    /// Compiles a kernel, whose entry point is `main`, with subgroups of any size, as the runtime asks for.
    pub fn compile(&self, spirv: &[u32]) -> Result<Compiled> {
        let module = vk::ShaderModuleCreateInfo::default().code(spirv);
        // SAFETY: the code was validated and written by naga; the device is alive.
        let module = unsafe { self.device.create_shader_module(&module, None)? };
        let stage = vk::PipelineShaderStageCreateInfo::default()
            .flags(vk::PipelineShaderStageCreateFlags::ALLOW_VARYING_SUBGROUP_SIZE)
            .stage(vk::ShaderStageFlags::COMPUTE)
            .module(module)
            .name(c"main");
        let info = vk::ComputePipelineCreateInfo::default()
            .flags(
                vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                    | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
            )
            .stage(stage)
            .layout(self.layout);
        // SAFETY: module and layout are alive; the layout has every binding that kernels have.
        let made = unsafe { self.device.create_compute_pipelines(vk::PipelineCache::null(), &[info], None) };
        // SAFETY: the pipeline, if there is one, no longer needs its module.
        unsafe { self.device.destroy_shader_module(module, None) };
        let pipelines = made.map_err(|(_, error)| error)?;
        let pipeline = *pipelines.first().ok_or("the driver made no pipeline")?;
        let compiled = self.describe(pipeline);
        // SAFETY: nothing was submitted that could still use it.
        unsafe { self.device.destroy_pipeline(pipeline, None) };
        compiled
    }

    fn describe(&self, pipeline: vk::Pipeline) -> Result<Compiled> {
        let of_pipeline = vk::PipelineInfoKHR::default().pipeline(pipeline);
        // SAFETY: the pipeline is alive and was made to be asked.
        let executables = unsafe { self.properties.get_pipeline_executable_properties(&of_pipeline)? };
        let wave = executables.first().ok_or("the driver says nothing of the pipeline")?.subgroup_size;
        let executable = vk::PipelineExecutableInfoKHR::default().pipeline(pipeline).executable_index(0);
        // SAFETY: as above, and the pipeline has a first executable.
        let statistics = unsafe { self.properties.get_pipeline_executable_statistics(&executable)? };
        let statistics = statistics.iter().filter_map(|it| {
            let name = it.name_as_c_str().ok()?.to_string_lossy().into_owned();
            if it.format != vk::PipelineExecutableStatisticFormatKHR::UINT64 {
                return None;
            }
            // SAFETY: the driver names the field of the union that it filled, and this is the one that is read.
            let value = unsafe { it.value.u64 };
            Some((name, value))
        });
        let statistics = statistics.collect();
        Ok(Compiled { wave, machine_code: self.machine_code(&executable)?, statistics })
    }

    /// The text of the machine code among the forms of a kernel that the driver shows.
    fn machine_code(&self, executable: &vk::PipelineExecutableInfoKHR<'_>) -> Result<String> {
        let ask = self.properties.fp().get_pipeline_executable_internal_representations_khr;
        let device = self.device.handle();
        let mut count = 0;
        // SAFETY: without a place for them the driver only counts.
        unsafe { ask(device, executable, &raw mut count, std::ptr::null_mut()) }.result()?;
        let mut forms = vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
        // SAFETY: there is room for `count`; without places for their data the driver gives its sizes.
        unsafe { ask(device, executable, &raw mut count, forms.as_mut_ptr()) }.result()?;
        let mut texts = forms.iter().map(|form| vec![0_u8; form.data_size]).collect::<Vec<_>>();
        for (form, text) in forms.iter_mut().zip(&mut texts) {
            form.p_data = text.as_mut_ptr().cast();
        }
        // SAFETY: each form has a place of the size that the driver gave for it.
        unsafe { ask(device, executable, &raw mut count, forms.as_mut_ptr()) }.result()?;
        let is_assembly = |form: &&vk::PipelineExecutableInternalRepresentationKHR<'_>| {
            form.name_as_c_str().is_ok_and(|name| name.to_string_lossy().contains("ssembly"))
        };
        let index = forms.iter().position(|form| is_assembly(&form)).ok_or("the driver shows no machine code")?;
        Ok(String::from_utf8_lossy(&texts[index]).trim_end_matches('\0').to_owned())
    }
}
