//! What is wrong with a file, as parts of [`FileError`](crate::FileError). Names of what lies in it are shortened and quoted.

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum Fault {
    #[error("it ends too early: copy or download it again")]
    EndsEarly,
    #[error("its header is too long")]
    HeaderTooLong,
    #[error("its header breaks off: copy or download it again")]
    HeaderBreaksOff,
    #[error("its header cannot be read: {detail}")]
    HeaderUnreadable { detail: String },
    #[error("it is longer or shorter than its header says: copy or download it again")]
    OtherLength,
    #[error("tensor {name}: {fault}")]
    Tensor { name: String, fault: TensorFault },
    #[error("tensor {name} has the number format {format}")]
    NumberFormat { name: String, format: String },
    #[error("tensor {name} is of the kind {kind}")]
    TensorKind { name: String, kind: String },
    #[error("a tensor has a name that is no text")]
    TensorNameNoText,
    #[error("the name of a tensor is too long: {start}...")]
    TensorNameTooLong { start: String },
    #[error("it holds more than {most} tensors, or too long names")]
    TooManyTensors { most: usize },
    #[error("it has two tensors {names}")]
    TwoTensors { names: String },
    #[error("a storage {fault}")]
    Storage { fault: StorageFault },
    #[error("a storage is of the kind {kind}")]
    StorageKind { kind: String },
    #[error("its storage {key} {fault}")]
    NamedStorage { key: String, fault: StorageFault },
    #[error("its archive cannot be read: {detail}")]
    ArchiveUnreadable { detail: String },
    #[error("its {member} cannot be read: {detail}")]
    MemberUnreadable { member: String, detail: String },
    #[error("its {member} has {size_bytes} bytes, more than the {most_bytes} that are read")]
    MemberTooLong { member: String, size_bytes: u64, most_bytes: u64 },
    #[error("its member {member} is encrypted")]
    MemberEncrypted { member: String },
    #[error("its member {member} is compressed, which PyTorch never does: pack it again without compression")]
    MemberCompressed { member: String },
    #[error("its member {member} has two sizes")]
    MemberSizes { member: String },
    #[error("the end of its archive is missing: copy or download it again")]
    ArchiveEndMissing,
    #[error("its archive is split into several files")]
    ArchiveSplit,
    #[error("the end of its archive contradicts itself")]
    ArchiveEnd,
    #[error("its archive has {members} members, more than the {most} that are read")]
    TooManyMembers { members: u64, most: u64 },
    #[error("it is a zip archive, but not of PyTorch: it has no data.pkl")]
    NoPickle,
    #[error("it is a zip archive with several data.pkl")]
    SeveralPickles,
    #[error("it is a TorchScript program: save its `state_dict()` with `torch.save` and open that")]
    TorchScript,
    #[error("its numbers are big-endian: save it again on a little-endian machine")]
    BigEndian,
    #[error("it does not say how its numbers are written")]
    NoByteOrder,
    #[error("it does not begin with PyTorch's magic number")]
    NoMagic,
    #[error("it is of an unknown version of PyTorch's old format")]
    OldVersion,
    #[error("its list of storages is no list of names")]
    StorageList,
    #[error("it is no checkpoint of PyTorch")]
    NotPyTorch,
    #[error("it is written in pickle protocol {version}, and 5 is the newest known")]
    Protocol { version: u8 },
    #[error("its pickle has the unknown opcode {opcode} at byte {at}")]
    Opcode { opcode: String, at: usize },
    #[error("its pickle {fault} (before byte {position})")]
    Pickle { fault: PickleFault, position: usize },
    #[error("it names too many classes")]
    TooManyClasses,
    #[error("its objects refer to each other too often")]
    TooManyReferences,
    #[error("its modules hold each other too often or too deeply")]
    TooManyModules,
    #[error("it holds a single tensor, not a model")]
    SingleTensor,
    #[error("it holds an object of {class}, which is no module of PyTorch")]
    NoModule { class: String },
    #[error("it holds no tensors")]
    NoTensors,
    #[error("it holds no tensors where they are looked for; its first keys are {}", keys.join(", "))]
    NoTensorsUnder { keys: Vec<String> },
    #[error("it holds no tensors where they are looked for; its first keys are none")]
    EmptyDict,
    #[error("it holds a list of something else than tensors")]
    ListOfOthers,
    #[error("it holds a module without tensors")]
    EmptyModule,
}

/// What is wrong with one tensor.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("tensor-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum TensorFault {
    #[error("its size overflows")]
    Overflows,
    #[error("its bytes are more than its shape needs")]
    MoreBytes,
    #[error("its shape and strides do not fit each other")]
    Strides,
    #[error("it reaches beyond its storage")]
    BeyondStorage,
    #[error("its elements do not lie in order")]
    Order,
    #[error("it is described by too few values")]
    TooFewValues,
    #[error("it has no storage")]
    NoStorage,
    #[error("it has no number format")]
    NoNumberFormat,
    #[error("it has the number format {format}")]
    NumberFormat { format: String },
    #[error("its storage {key} is missing")]
    StorageMissing { key: String },
    #[error("its storage is larger than the file holds")]
    StorageTooLarge,
    #[error("it has no valid offset")]
    NoOffset,
    #[error("it has no valid shape")]
    NoShape,
    #[error("it has no valid strides")]
    NoStrides,
}

/// What is wrong with the storage of tensors.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("storage-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum StorageFault {
    #[error("lies outside of the file")]
    Outside,
    #[error("is described by too few values")]
    TooFewValues,
    #[error("has no class")]
    NoClass,
    #[error("has no name")]
    NoName,
    #[error("has no plain name")]
    NoPlainName,
    #[error("has no size")]
    NoSize,
    #[error("is a piece of nothing")]
    PieceOfNothing,
    #[error("is listed but described nowhere")]
    NotDescribed,
    #[error("is described in two ways")]
    TwoWays,
    #[error("has another size than is said of it")]
    OtherSize,
    #[error("is longer than the file: copy or download it again")]
    LongerThanFile,
    #[error("is listed twice")]
    ListedTwice,
}

/// What is wrong with a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Message)]
#[message("pickle-fault")]
#[non_exhaustive]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum PickleFault {
    #[error("nests too deeply")]
    TooDeep,
    #[error("names a class by something that is no text")]
    ClassNoText,
    #[error("names a class by too long a name")]
    ClassTooLong,
    #[error("makes an object of no class")]
    NoClass,
    #[error("is too long")]
    TooLong,
    #[error("breaks off")]
    BreaksOff,
    #[error("has a line without an end")]
    EndlessLine,
    #[error("has a line that is no number")]
    LineNoNumber,
    #[error("has too many values")]
    TooManyValues,
    #[error("has too many values on its stack")]
    StackTooHigh,
    #[error("has too many items in its lists")]
    TooManyItems,
    #[error("has a text without quotes")]
    TextWithoutQuotes,
    #[error("takes a value from an empty stack")]
    EmptyStack,
    #[error("closes what it did not open")]
    NotOpen,
    #[error("remembers too many values")]
    TooManyRemembered,
    #[error("recalls a value that it did not store")]
    NotStored,
    #[error("has a dict entry without a value")]
    EntryWithoutValue,
    #[error("appends to something that is no list")]
    AppendsToNoList,
    #[error("sets an entry of something that is no dict")]
    SetsInNoDict,
}
