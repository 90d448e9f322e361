"""Answers to the exercise on convolution as a matrix: wrong ones that students give, and other right ones."""


# %% convolution.matrix right: loops
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix right: columns_by_conv2d
def as_matrix(weight, shape, stride=1, padding=0):
    ones = torch.eye(math.prod(shape), dtype=weight.dtype, device=weight.device).view(-1, *shape)
    return F.conv2d(ones, weight, stride=stride, padding=padding).flatten(1).T


# %% convolution.matrix right: unfold
def as_matrix(weight, shape, stride=1, padding=0):
    ones = torch.eye(math.prod(shape), dtype=weight.dtype, device=weight.device).view(-1, *shape)
    windows = F.unfold(ones, weight.shape[-1], stride=stride, padding=padding)
    return torch.einsum("ow,nwp->opn", weight.flatten(1), windows).flatten(0, 1)


# %% convolution.matrix right: numbers_in_numpy
def as_matrix(weight, shape, stride=1, padding=0):
    where = np.pad(
        np.arange(math.prod(shape)).reshape(shape),
        ((0, 0),) + ((padding,) * 2,) * 2,
        constant_values=-1,
    )
    size = weight.shape[2]
    rows = []
    for filter in weight.detach().cpu().numpy():
        for top in range(0, where.shape[1] - size + 1, stride):
            for left in range(0, where.shape[2] - size + 1, stride):
                row = np.zeros(math.prod(shape) + 1, dtype=filter.dtype)
                row[where[:, top : top + size, left : left + size]] = filter
                rows.append(row[:-1])
    return torch.from_numpy(np.stack(rows)).to(weight.device)


# %% convolution.matrix wrong: flipped
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, size - 1 - k, size - 1 - m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: kernel_transposed
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, m, k]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: transposed
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width).T


# %% convolution.matrix wrong: channels_last
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, height, width, inputs)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: output_channels_last
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(high, wide, outputs, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[i, j, :, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: image_transposed
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, width, height)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, column, row] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: padding_ignored
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    padding = 0
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: padding_once
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + padding - size) // stride + 1
    wide = (width + padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: padding_kept
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    height, width, padding = height + 2 * padding, width + 2 * padding, 0
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: wrapped
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    matrix[:, i, j, :, row % height, column % width] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: stride_ignored
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    stride = 1
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: stride_in_rows_only
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = width + 2 * padding - size + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: first_input_channel
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, 0, row, column] = weight[:, 0, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: channels_mixed
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight.transpose(0, 1)[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: averaged
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = weight.new_zeros(outputs, high, wide, inputs, height, width)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m] / weight[0].numel()
    return matrix.reshape(outputs * high * wide, inputs * height * width)


# %% convolution.matrix wrong: float32
def as_matrix(weight, shape, stride=1, padding=0):
    (outputs, inputs, size, _), (_, height, width) = weight.shape, shape
    high = (height + 2 * padding - size) // stride + 1
    wide = (width + 2 * padding - size) // stride + 1
    matrix = torch.zeros(outputs, high, wide, inputs, height, width, device=weight.device)
    for i in range(high):
        for j in range(wide):
            for k in range(size):
                for m in range(size):
                    row, column = i * stride + k - padding, j * stride + m - padding
                    if 0 <= row < height and 0 <= column < width:
                        matrix[:, i, j, :, row, column] = weight[:, :, k, m]
    return matrix.reshape(outputs * high * wide, inputs * height * width)
