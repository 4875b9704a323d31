#pragma once

#include "tidegate/base.h"

namespace tidegate::plugin {

/// Returns an empty table at compile time. TG_PLUGIN_INIT of the ABI makes the same at run time, as it must also compile in C++11.
template <class Table>
consteval Table empty() {
  Table out{};
  out.struct_size = sizeof(Table);
  out.abi = TG_PLUGIN_ABI;
  return out;
}

}  // namespace tidegate::plugin
