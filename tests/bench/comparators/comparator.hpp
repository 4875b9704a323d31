#pragma once

#include "tidegate/tidegate.h"

/// A comparator is called as Tidegate is; what it calls a service is an object of its own kind.
#define COMPARATOR extern "C" TG_EXPORT

namespace tidegate::bench {

template <class T>
T &object(tg_service *service) {
  return *reinterpret_cast<T *>(service);
}

/// Never freed: it lives as long as the program.
template <class T>
tg_service *make() {
  return reinterpret_cast<tg_service *>(new T);
}

}  // namespace tidegate::bench
