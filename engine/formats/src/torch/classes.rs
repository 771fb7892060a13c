//! The classes and functions that mean something here. Everything else that a checkpoint names is a name and no more.

use safetensors::Dtype;

/// What a class or function stands for. Nothing is ever called: the reader knows what would have come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// `dict`, `OrderedDict`.
    Dict,
    /// `defaultdict`: its first argument makes values and does not matter.
    DefaultDict,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `set`, `frozenset`.
    Set,
    /// A function that makes an object of the class in its first argument.
    NewObject,
    /// `torch.Size`.
    Size,
    /// A tensor of storage, offset, sizes and strides, in elements of the storage's number format.
    Tensor,
    /// The same of a storage of bytes, with the number format further behind.
    UntypedTensor,
    /// A parameter around a tensor.
    Parameter,
    /// A tensor of a subclass or with attributes: function, class, arguments, attributes.
    TensorOfClass,
    /// A storage; without a number format it counts bytes.
    Storage(Option<Dtype>),
    /// `torch.float32` and its like.
    NumberFormat(Dtype),
    /// Known, and of no use: what it makes describes no tensor.
    Inert,
}

/// What a name means; `None` where it means nothing.
pub(super) fn meaning(module: &str, name: &str) -> Option<Meaning> {
    Some(match (module, name) {
        ("collections", "OrderedDict") => Meaning::Dict,
        ("collections", "defaultdict") => Meaning::DefaultDict,
        ("__builtin__" | "builtins", _) => return builtin(name),
        ("copy_reg" | "copyreg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => Meaning::NewObject,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Meaning::Tensor,
        ("torch._utils", "_rebuild_tensor_v3") => Meaning::UntypedTensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Meaning::Parameter,
        ("torch._tensor", "_rebuild_from_type_v2") => Meaning::TensorOfClass,
        ("torch", "Size") => Meaning::Size,
        ("torch", "device" | "Tensor") | ("torch.nn.parameter", "Parameter" | "Buffer") => Meaning::Inert,
        ("torch.storage", "UntypedStorage" | "_UntypedStorage") => Meaning::Storage(None),
        ("torch" | "torch.cuda", _) => match name.strip_suffix("Storage") {
            Some("Untyped") => Meaning::Storage(None),
            Some(kind) => Meaning::Storage(Some(storage_format(kind)?)),
            None => Meaning::NumberFormat(number_format(name)?),
        },
        _ => return None,
    })
}

fn builtin(name: &str) -> Option<Meaning> {
    Some(match name {
        "dict" => Meaning::Dict,
        "list" => Meaning::List,
        "tuple" => Meaning::Tuple,
        "set" | "frozenset" => Meaning::Set,
        // `getattr` would look into objects that may still be under construction; what comes out is a method.
        "getattr" | "long" | "int" | "float" | "bool" | "str" | "object" | "complex" | "slice" | "range" => {
            Meaning::Inert
        }
        _ => return None,
    })
}

fn storage_format(kind: &str) -> Option<Dtype> {
    Some(match kind {
        "Float8_e4m3fn" => Dtype::F8_E4M3,
        "Float8_e5m2" => Dtype::F8_E5M2,
        "Double" => Dtype::F64,
        "Float" => Dtype::F32,
        "Half" => Dtype::F16,
        "BFloat16" => Dtype::BF16,
        "Long" => Dtype::I64,
        "Int" => Dtype::I32,
        "Short" => Dtype::I16,
        "Char" => Dtype::I8,
        "Byte" => Dtype::U8,
        "Bool" => Dtype::BOOL,
        _ => return None,
    })
}

fn number_format(name: &str) -> Option<Dtype> {
    Some(match name {
        "float64" => Dtype::F64,
        "float32" => Dtype::F32,
        "float16" => Dtype::F16,
        "bfloat16" => Dtype::BF16,
        "float8_e4m3fn" => Dtype::F8_E4M3,
        "float8_e5m2" => Dtype::F8_E5M2,
        "float8_e4m3fnuz" => Dtype::F8_E4M3FNUZ,
        "float8_e5m2fnuz" => Dtype::F8_E5M2FNUZ,
        "int64" => Dtype::I64,
        "int32" => Dtype::I32,
        "int16" => Dtype::I16,
        "int8" => Dtype::I8,
        "uint64" => Dtype::U64,
        "uint32" => Dtype::U32,
        "uint16" => Dtype::U16,
        "uint8" => Dtype::U8,
        "bool" => Dtype::BOOL,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_names_mean_something() {
        assert_eq!(meaning("torch", "HalfStorage"), Some(Meaning::Storage(Some(Dtype::F16))));
        assert_eq!(meaning("torch.cuda", "FloatStorage"), Some(Meaning::Storage(Some(Dtype::F32))));
        assert_eq!(meaning("torch", "bfloat16"), Some(Meaning::NumberFormat(Dtype::BF16)));
        for (module, name) in [
            ("os", "system"),
            ("builtins", "eval"),
            ("__builtin__", "exec"),
            ("torch", "load"),
            ("torch", "ComplexFloatStorage"),
            ("torch.storage", "_load_from_bytes"),
            ("torch.nn.modules.linear", "Linear"),
            ("", ""),
        ] {
            assert_eq!(meaning(module, name), None, "{module}.{name}");
        }
    }
}
