//! A writer of ONNX graphs: as much of the format's protobuf as our own models need.
//!
//! Fields are written in the order of their numbers and nothing depends on the machine, so the same graph is the same
//! bytes everywhere and its hash can be checked. Field numbers are those of `onnx.proto` (IR version 9).
//! Knows nothing of Whisper (see [`super::whisper_onnx`]).

/// `ir_version`: what ONNX 1.14 and later write.
const IR_VERSION: u64 = 9;
/// Version of the standard operators: the first with `LayerNormalization`.
const OPSET: u64 = 17;
/// ONNX Runtime's own operators: fused attention and 8-bit products.
pub(super) const MICROSOFT: &str = "com.microsoft";

/// `TensorProto.DataType`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Float = 1,
    Int8 = 3,
    Int64 = 7,
}

/// An attribute's value.
pub(super) enum Value {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
}

/// An axis of an input or output: a size, or a name for one that varies.
#[derive(Clone, Copy)]
pub(super) enum Axis {
    Of(u64),
    Any(&'static str),
}

/// A graph being written. Values are known by the names of what made them.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Proto>,
    initializers: Vec<Proto>,
    inputs: Vec<Proto>,
    outputs: Vec<Proto>,
}

impl Graph {
    /// Adds single-precision data.
    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.data(name, Kind::Float, shape, &bytes)
    }

    /// Adds 64-bit whole numbers, as sizes and places are given.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.data(name, Kind::Int64, &[values.len()], &bytes)
    }

    /// Adds signed bytes.
    pub(super) fn bytes(&mut self, name: &str, shape: &[usize], values: &[i8]) -> String {
        let bytes: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
        self.data(name, Kind::Int8, shape, &bytes)
    }

    fn data(&mut self, name: &str, kind: Kind, shape: &[usize], bytes: &[u8]) -> String {
        let mut tensor = Proto::default();
        for &size in shape {
            tensor.number(1, size as u64);
        }
        tensor.number(2, kind as u64);
        tensor.text(8, name);
        tensor.bytes(9, bytes);
        self.initializers.push(tensor);
        name.to_owned()
    }

    /// Adds an operation with one result, which gets its name.
    pub(super) fn one(
        &mut self,
        kind: &str,
        domain: &str,
        name: &str,
        inputs: &[&str],
        attributes: &[(&str, Value)],
    ) -> String {
        self.many(kind, domain, &[name], inputs, attributes);
        name.to_owned()
    }

    /// Adds an operation with several results. An input that is not given is an empty name.
    pub(super) fn many(
        &mut self,
        kind: &str,
        domain: &str,
        results: &[&str],
        inputs: &[&str],
        attributes: &[(&str, Value)],
    ) {
        let mut node = Proto::default();
        for input in inputs {
            node.text(1, input);
        }
        for result in results {
            node.text(2, result);
        }
        node.text(3, results[0]);
        node.text(4, kind);
        for (name, value) in attributes {
            node.message(5, &attribute(name, value));
        }
        node.text(7, domain);
        self.nodes.push(node);
    }

    /// Declares an input.
    pub(super) fn input(&mut self, name: &str, kind: Kind, shape: &[Axis]) {
        self.inputs.push(declaration(name, kind, shape));
    }

    /// Declares a result of the graph.
    pub(super) fn output(&mut self, name: &str, kind: Kind, shape: &[Axis]) {
        self.outputs.push(declaration(name, kind, shape));
    }

    /// The file.
    pub(super) fn file(self, name: &str) -> Vec<u8> {
        let mut graph = Proto::default();
        for node in &self.nodes {
            graph.message(1, node);
        }
        graph.text(2, name);
        for data in self.initializers {
            graph.message(5, &data); // and dropped: a model's weights are held once less
        }
        for input in &self.inputs {
            graph.message(11, input);
        }
        for output in &self.outputs {
            graph.message(12, output);
        }
        let mut model = Proto::default();
        model.number(1, IR_VERSION);
        model.text(2, "ringlypro");
        model.message(7, &graph);
        for (domain, version) in [("", OPSET), (MICROSOFT, 1)] {
            let mut operators = Proto::default();
            operators.text(1, domain);
            operators.number(2, version);
            model.message(8, &operators);
        }
        model.0
    }
}

/// `AttributeProto`.
fn attribute(name: &str, value: &Value) -> Proto {
    let mut attribute = Proto::default();
    attribute.text(1, name);
    let kind = match value {
        Value::Float(number) => {
            attribute.float(2, *number);
            1
        }
        Value::Int(number) => {
            attribute.number(3, number.cast_unsigned());
            2
        }
        Value::Ints(numbers) => {
            for number in numbers {
                attribute.number(8, number.cast_unsigned());
            }
            7
        }
    };
    attribute.number(20, kind);
    attribute
}

/// `ValueInfoProto`, with its `TypeProto.Tensor` and `TensorShapeProto`.
fn declaration(name: &str, kind: Kind, axes: &[Axis]) -> Proto {
    let mut shape = Proto::default();
    for axis in axes {
        let mut dimension = Proto::default();
        match axis {
            Axis::Of(size) => dimension.number(1, *size),
            Axis::Any(name) => dimension.text(2, name),
        }
        shape.message(1, &dimension);
    }
    let mut tensor = Proto::default();
    tensor.number(1, kind as u64);
    tensor.message(2, &shape);
    let mut type_of = Proto::default();
    type_of.message(1, &tensor);
    let mut declaration = Proto::default();
    declaration.text(1, name);
    declaration.message(2, &type_of);
    declaration
}

/// A protobuf message being written.
#[derive(Default)]
struct Proto(Vec<u8>);

impl Proto {
    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
    }

    fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    fn message(&mut self, field: u64, value: &Self) {
        self.bytes(field, &value.0);
    }

    /// Seven bits a byte, the lowest first; all but the last are marked.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits fit a byte")]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_protobuf_writes_them() {
        let mut proto = Proto::default();
        proto.number(1, 150);
        proto.text(2, "testing");
        assert_eq!(proto.0, [0x08, 0x96, 0x01, 0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g']);
        let mut proto = Proto::default();
        proto.number(3, (-1_i64).cast_unsigned());
        assert_eq!(proto.0.len(), 1 + 10, "a negative number takes ten bytes");
    }

    #[test]
    fn the_same_graph_is_the_same_bytes() {
        let make = || {
            let mut graph = Graph::default();
            graph.input("x", Kind::Float, &[Axis::Of(1), Axis::Any("n")]);
            let two = graph.floats("two", &[1], &[2.0]);
            graph.one("Mul", "", "y", &["x", &two], &[]);
            graph.output("y", Kind::Float, &[Axis::Of(1), Axis::Any("n")]);
            graph.file("double")
        };
        assert_eq!(make(), make());
        assert_eq!(make()[..2], [0x08, 9]);
    }
}
