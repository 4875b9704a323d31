#include "border.hpp"

#include <cxxabi.h>

#include "lifetime.hpp"
#include "open_host.hpp"
#include "signature.hpp"

namespace py = pybind11;

namespace tidegate::python {
namespace {

using Call = PyObject *(*)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);

Call bound = nullptr;            // pybind11's one function behind all of them
destructor bound_end = nullptr;  // and behind all ends

PyObject *guarded(PyObject *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
  Lifetime &lifetime = Lifetime::get();
  if (!lifetime.begin_call()) return nullptr;
  PyObject *const result = bound(self, arguments, count, names);
  if (result == nullptr) explain_misfit(self, {arguments, count, names});
  lifetime.end_call();
  return result;
}

/// An object that ends on a thread that the interpreter has left behind stays: its memory goes with the process.
void guarded_end(PyObject *self) {
  Lifetime &lifetime = Lifetime::get();
  if (!lifetime.begin_object_end()) return;
  bound_end(self);
  lifetime.end_call();
}

/// An object that __new__() alone has made would have no C++ object behind it, and pybind11 would give out memory for one
/// as it comes.
PyObject *refuse_new(PyTypeObject *type, PyObject *, PyObject *) {
  PyErr_Format(PyExc_TypeError,
               "a tidegate %s is given by the calls that its documentation names, and cannot be made otherwise",
               py::str(py::handle(reinterpret_cast<PyObject *>(type)).attr("__name__")).cast<std::string>().c_str());
  return nullptr;
}

void guard_function(PyObject *object) {
  if (object == nullptr) return;
  if (PyInstanceMethod_Check(object)) object = PyInstanceMethod_GET_FUNCTION(object);
  if (!PyCFunction_Check(object)) return;
  PyMethodDef *const def = reinterpret_cast<PyCFunctionObject *>(object)->m_ml;
  if (def->ml_flags != (METH_FASTCALL | METH_KEYWORDS))
    throw py::import_error("pybind11 calls functions in a way of its own");
  const auto call = reinterpret_cast<Call>(reinterpret_cast<void (*)()>(def->ml_meth));
  if (call == &guarded) return;
  bound = call;
  def->ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&guarded));
}

void guard_member(const py::handle &member) {
  guard_function(member.ptr());
  if (!PyObject_TypeCheck(member.ptr(), &PyProperty_Type)) return;
  for (const char *const part : {"fget", "fset"}) guard_function(py::object(member.attr(part)).ptr());
}

}  // namespace

void guard_border(py::module_ &module) {
  for (const auto &[name, value] : module.attr("__dict__").cast<py::dict>()) {
    guard_function(value.ptr());
    if (!PyType_Check(value.ptr())) continue;
    auto *const type = reinterpret_cast<PyTypeObject *>(value.ptr());
    const auto members = py::reinterpret_steal<py::list>(PyMapping_Values(value.attr("__dict__").ptr()));
    for (const py::handle member : members) guard_member(member);
    if (!value.is(py::type::of<OpenHost>())) type->tp_new = &refuse_new;
    if (type->tp_dealloc == &guarded_end) continue;
    bound_end = type->tp_dealloc;
    type->tp_dealloc = &guarded_end;
  }
}

}  // namespace tidegate::python
