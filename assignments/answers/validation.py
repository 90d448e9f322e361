"""Answers to the exercise on choosing a degree: wrong ones that students give, named by mistake, and right ones."""


# %% validation.choose_degree right: one_loop
def choose_degree(train, val, test, max_degree):
    best, chosen, val_errors = math.inf, None, []
    for degree in range(max_degree + 1):
        fit = fit_polynomial(train[0], train[1], degree)
        error = squared_error(fit, val[0], val[1]).item()
        val_errors.append(error)
        if error < best:
            best, chosen, degree_chosen = error, fit, degree
    return degree_chosen, torch.tensor(val_errors), squared_error(chosen, test[0], test[1]).item()


# %% validation.choose_degree right: numpy_polyfit
import numpy as np


def choose_degree(train, val, test, max_degree):
    (x, y), (x_val, y_val), (x_test, y_test) = [
        [t.numpy() for t in pair] for pair in (train, val, test)
    ]
    fits = [np.polyfit(x, y, degree) for degree in range(max_degree + 1)]
    val_errors = [np.mean((np.polyval(fit, x_val) - y_val) ** 2) for fit in fits]
    degree = int(np.argmin(val_errors))
    return (
        degree,
        torch.tensor(np.array(val_errors)),
        float(np.mean((np.polyval(fits[degree], x_test) - y_test) ** 2)),
    )


# %% validation.choose_degree right: normal_equations
def choose_degree(train, val, test, max_degree):
    def error(degree, points):
        (x, y), (x_other, y_other) = train, points
        powers = torch.arange(degree + 1, device=x.device)
        design = x[:, None] ** powers
        weights = torch.linalg.solve(design.T @ design, design.T @ y)
        return torch.nn.functional.mse_loss((x_other[:, None] ** powers) @ weights, y_other)

    val_errors = torch.empty(max_degree + 1, dtype=train[0].dtype, device=train[0].device)
    for degree in range(max_degree + 1):
        val_errors[degree] = error(degree, val)
    degree = torch.argmin(val_errors).item()
    return degree, val_errors, error(degree, test)


# %% validation.choose_degree wrong: by_training
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    errors = torch.stack([squared_error(fit, *train) for fit in fits])
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test)


# %% validation.choose_degree wrong: on_test
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    test_errors = torch.stack([squared_error(fit, *test) for fit in fits])
    degree = int(test_errors.argmin())
    return degree, val_errors, test_errors[degree]


# %% validation.choose_degree wrong: training_errors
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    errors = torch.stack([squared_error(fit, *train) for fit in fits])
    degree = int(errors.argmin())
    return degree, errors, squared_error(fits[degree], *test)


# %% validation.choose_degree wrong: fits_on_val
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*val, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(val_errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test)


# %% validation.choose_degree wrong: fits_on_both
def choose_degree(train, val, test, max_degree):
    both = [torch.cat(pair) for pair in zip(train, val)]
    fits = [fit_polynomial(*both, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(val_errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test)


# %% validation.choose_degree wrong: refitted
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(val_errors.argmin())
    both = [torch.cat(pair) for pair in zip(train, val)]
    return degree, val_errors, squared_error(fit_polynomial(*both, degree), *test)


# %% validation.choose_degree wrong: last_fit
def choose_degree(train, val, test, max_degree):
    val_errors = []
    for degree in range(max_degree + 1):
        fit = fit_polynomial(*train, degree)
        val_errors.append(squared_error(fit, *val))
    val_errors = torch.stack(val_errors)
    return int(val_errors.argmin()), val_errors, squared_error(fit, *test)


# %% validation.choose_degree wrong: val_for_test
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    return int(val_errors.argmin()), val_errors, val_errors.min()


# %% validation.choose_degree wrong: num_coefficients
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    best = int(val_errors.argmin())
    return len(fits[best]), val_errors, squared_error(fits[best], *test)


# %% validation.choose_degree wrong: max_excluded
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(val_errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test)


# %% validation.choose_degree wrong: summed
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) * len(val[0]) for fit in fits])
    degree = int(val_errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test) * len(test[0])


# %% validation.choose_degree wrong: root
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val).sqrt() for fit in fits])
    degree = int(val_errors.argmin())
    return degree, val_errors, squared_error(fits[degree], *test).sqrt()


# %% validation.choose_degree wrong: largest
def choose_degree(train, val, test, max_degree):
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    degree = int(val_errors.argmax())
    return degree, val_errors, squared_error(fits[degree], *test)
