"""Answers to the exercises on sizes, parameters, memory and sight: wrong ones that students give, and right ones."""


# %% accounting.side right: count_places
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    reach = dilation * (kernel_size - 1)
    return len(range(0, side + 2 * padding - reach, stride))


# %% accounting.side right: math_floor
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return math.floor((side + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1)


# %% accounting.side right: torch_on_meta
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding, dilation, device="meta")
    return layer(torch.empty(1, 1, side, device="meta")).shape[-1]


# %% accounting.side right: loop
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    count, start = 0, -padding
    while start + dilation * (kernel_size - 1) < side + padding:
        count, start = count + 1, start + stride
    return count


# %% accounting.side wrong: rounded_up
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return math.ceil((side + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


# %% accounting.side wrong: rounded
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return round((side + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1


# %% accounting.side wrong: not_rounded
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1


# %% accounting.side wrong: padding_once
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + padding - dilation * (kernel_size - 1) - 1) // stride + 1


# %% accounting.side wrong: padding_ignored
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side - dilation * (kernel_size - 1) - 1) // stride + 1


# %% accounting.side wrong: no_plus_one
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - dilation * (kernel_size - 1) - 1) // stride


# %% accounting.side wrong: plus_one_inside
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - dilation * (kernel_size - 1)) // stride


# %% accounting.side wrong: side_over_stride
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return side // stride


# %% accounting.side wrong: dilation_ignored
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - kernel_size) // stride + 1


# %% accounting.side wrong: dilation_times_kernel
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - dilation * kernel_size) // stride + 1


# %% accounting.side wrong: dilation_added
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return (side + 2 * padding - kernel_size - (dilation - 1)) // stride + 1


# %% accounting.side wrong: float_kind
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    return float(np.floor((side + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1)


# %% accounting.parameters right: torch_on_meta
def count_parameters(layers, shape):
    x, total = torch.empty(2, *shape, device="meta"), 0
    for layer in layers:
        kind, form = (
            layer["kind"],
            {k: v for k, v in layer.items() if k not in ("kind", "channels")},
        )
        if kind == "conv":
            module = nn.Conv2d(x.shape[1], layer["channels"], **form, device="meta")
        elif kind == "pool":
            module = nn.MaxPool2d(**form)
        elif kind == "batch_norm":
            module = nn.BatchNorm2d(x.shape[1], device="meta")
        elif kind == "global_mean":
            module = nn.AdaptiveAvgPool2d(1)
        else:
            x = x.flatten(1)
            module = nn.Linear(x.shape[1], layer["features"], bias=layer["bias"], device="meta")
        x = module(x)
        total += sum(parameter.numel() for parameter in module.parameters())
    return total


# %% accounting.parameters right: match
def count_parameters(layers, shape):
    counts = []
    for layer in layers:
        match layer:
            case {"kind": "conv", "channels": out, "kernel_size": size, "groups": groups}:
                counts.append(
                    size * size * shape[0] * out // groups + (out if layer["bias"] else 0)
                )
            case {"kind": "linear", "features": out}:
                counts.append(shape[0] * shape[1] * shape[2] * out)
                if layer["bias"]:
                    counts.append(out)
            case {"kind": "batch_norm"}:
                counts += [shape[0], shape[0]]
        shape = shape_after(layer, shape)
    return sum(counts)


# %% accounting.parameters right: recursive
def count_parameters(layers, shape):
    if not layers:
        return 0
    first, *rest = layers
    channels, places = shape[0], shape[1] * shape[2]
    biases = first.get("channels", first.get("features", 0)) if first.get("bias") else 0
    weights = {
        "conv": lambda: first["channels"] * channels // first["groups"] * first["kernel_size"] ** 2,
        "linear": lambda: first["features"] * channels * places,
        "batch_norm": lambda: 2 * channels,
    }.get(first["kind"], int)()
    return weights + biases + count_parameters(rest, shape_after(first, shape))


# %% accounting.parameters wrong: bias_forgotten
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * weights
        elif layer["kind"] == "linear":
            total += layer["features"] * math.prod(shape)
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: bias_always
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + 1)
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + 1)
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: bias_per_place
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            places = math.prod(shape_after(layer, shape)[1:])
            total += layer["channels"] * (weights + layer["bias"] * places)
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: groups_ignored
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * shape[0]
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: groups_twice
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights // layer["groups"] + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: groups_divide_bias
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * shape[0]
            total += layer["channels"] // layer["groups"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: kernel_not_squared
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: image_channels
def count_parameters(layers, shape):
    total, image_channels = 0, shape[0]
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (image_channels // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: not_flattened
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (shape[0] + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: pool_ignored
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        if layer["kind"] != "pool":
            shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: square_image
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (shape[0] * shape[1] ** 2 + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: mean_ignored
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        if layer["kind"] != "global_mean":
            shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: pool_has_weights
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        elif layer["kind"] == "pool":
            total += layer["kernel_size"] ** 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: norm_left_out
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: norm_once
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: norm_statistics
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 4 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: last_layer
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] // layer["groups"])
            total = layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total = layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total = 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.parameters wrong: float_kind
def count_parameters(layers, shape):
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            weights = layer["kernel_size"] ** 2 * (shape[0] / layer["groups"])
            total += layer["channels"] * (weights + layer["bias"])
        elif layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        elif layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total


# %% accounting.memory right: shapes_first
def account(layers, shape, batch_size=1):
    shapes = [shape]
    for layer in layers:
        shapes.append(shape_after(layer, shapes[-1]))
    sizes = [c * h * w for c, h, w in shapes]
    counts = [count_parameters(layers[:i], shape) for i in range(len(layers) + 1)]
    own = [b - a for a, b in zip([0, *counts], counts)]
    return sizes, own, sum(size * batch_size * 4 for size in sizes)


# %% accounting.memory right: torch_tensors
def account(layers, shape, batch_size=1):
    x = torch.empty(1, *shape, device="meta")
    values, parameters = torch.zeros(len(layers) + 1, dtype=torch.int64), [0]
    values[0] = x.numel()
    for i, layer in enumerate(layers):
        if layer["kind"] == "conv":
            module = nn.Conv2d(
                x.shape[1], layer["channels"], layer["kernel_size"], padding=1, device="meta"
            )
        elif layer["kind"] == "pool":
            module = nn.MaxPool2d(layer["kernel_size"], layer["stride"])
        else:
            x = x.flatten(1)
            module = nn.Linear(x.shape[1], layer["features"], device="meta")
        x = module(x)
        values[i + 1] = x.numel()
        parameters.append(sum(p.numel() for p in module.parameters()))
    return values, tuple(parameters), values.sum() * batch_size * torch.float32.itemsize


# %% accounting.memory right: numpy
def account(layers, shape, batch_size=1):
    table = [(np.prod(shape), 0)]
    for layer in layers:
        after = shape_after(layer, shape)
        table.append((np.prod(after), count_parameters([layer], shape)))
        shape = after
    activations, parameters = np.array(table, dtype=np.int64).T
    return activations, parameters, activations.sum() * np.dtype("float32").itemsize * batch_size


# %% accounting.memory wrong: input_left_out
def account(layers, shape, batch_size=1):
    rows, parameters = [], []
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: input_zero
def account(layers, shape, batch_size=1):
    rows, parameters = [0], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: input_of_each
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        rows.append(math.prod(shape))
        shape = shape_after(layer, shape)
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: pool_left_out
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape) if layer["kind"] != "pool" else 0)
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: channels_left_out
def account(layers, shape, batch_size=1):
    rows, parameters = [shape[1] * shape[2]], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(shape[1] * shape[2])
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: values
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, batch_size * sum(rows)


# %% accounting.memory wrong: bits
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 32 * batch_size * sum(rows)


# %% accounting.memory wrong: float64_bytes
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 8 * batch_size * sum(rows)


# %% accounting.memory wrong: megabytes
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows) // 10**6


# %% accounting.memory wrong: last_row
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * rows[-1]


# %% accounting.memory wrong: largest_row
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * max(rows)


# %% accounting.memory wrong: batch_ignored
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * sum(rows)


# %% accounting.memory wrong: batch_in_rows
def account(layers, shape, batch_size=1):
    rows, parameters = [batch_size * math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(batch_size * math.prod(shape))
    return rows, parameters, 4 * sum(rows)


# %% accounting.memory wrong: parameters_added
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows) + 4 * sum(parameters)


# %% accounting.memory wrong: parameters_shifted
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], []
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: running_total
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(parameters[-1] + count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * sum(rows)


# %% accounting.memory wrong: float_kind
def account(layers, shape, batch_size=1):
    rows, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        rows.append(math.prod(shape))
    return rows, parameters, 4 * batch_size * float(sum(rows))


# %% accounting.receptive_field right: backwards
def receptive_field(layers):
    width = 1
    for layer in reversed(layers):
        if "stride" in layer:
            reach = layer["dilation"] * (layer["kernel_size"] - 1) + 1
            width = (width - 1) * layer["stride"] + reach
    return width


# %% accounting.receptive_field right: products
def receptive_field(layers):
    windows = [layer for layer in layers if layer["kind"] != "batch_norm"]
    jumps = np.cumprod([1] + [layer["stride"] for layer in windows])
    spans = [layer["dilation"] * (layer["kernel_size"] - 1) for layer in windows]
    return int(1 + sum(jump * span for jump, span in zip(jumps, spans)))


# %% accounting.receptive_field right: pixels
def receptive_field(layers):
    seen = {0}
    for layer in reversed(layers):
        if layer["kind"] == "batch_norm":
            continue
        places = range(layer["kernel_size"])
        seen = {i * layer["stride"] + k * layer["dilation"] for i in seen for k in places}
    return max(seen) - min(seen) + 1


# %% accounting.receptive_field wrong: kernels_added
def receptive_field(layers):
    field, jump = 0, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += layer["kernel_size"] * layer["dilation"] * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: kernels_multiplied
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field *= layer["kernel_size"]
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: starts_at_zero
def receptive_field(layers):
    field, jump = 0, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: stride_ignored
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
    return field


# %% accounting.receptive_field wrong: own_stride
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        jump *= layer["stride"]
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
    return field


# %% accounting.receptive_field wrong: last_stride
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump = layer["stride"]
    return field


# %% accounting.receptive_field wrong: strides_added
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump += layer["stride"] - 1
    return field


# %% accounting.receptive_field wrong: backwards
def receptive_field(layers):
    field, jump = 1, 1
    for layer in reversed(layers):
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: pool_ignored
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] != "conv":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: pool_stride_ignored
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        if layer["kind"] == "conv":
            jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: dilation_ignored
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: dilation_times_kernel
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] * layer["dilation"] - 1) * jump
        jump *= layer["stride"]
    return field


# %% accounting.receptive_field wrong: dilation_stays
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump *= layer["stride"] * layer["dilation"]
    return field


# %% accounting.receptive_field wrong: float_kind
def receptive_field(layers):
    field, jump = 1, 1
    for layer in layers:
        if layer["kind"] == "batch_norm":
            continue
        field += (layer["kernel_size"] - 1) * layer["dilation"] * jump
        jump *= layer["stride"]
    return float(field)
