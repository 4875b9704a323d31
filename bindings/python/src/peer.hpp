#pragma once

#include <pybind11/pybind11.h>

#include "tidegate/admission.h"

namespace tidegate::python {

/// An address out of "192.0.2.1", "192.0.2.1:5060", "2001:db8::1", "[2001:db8::1]:5060", "[fe80::1%eth0]:5060", a (host,
/// port) as sockets give it, or None. Names are not looked up. Throws py::value_error or py::type_error.
tg_address peer_of(const pybind11::handle &peer);

/// The same as (host, port), or None when it is not known.
pybind11::object peer_shown(const tg_address &peer);

}  // namespace tidegate::python
