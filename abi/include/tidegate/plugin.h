/* The plugin ABI: everything between the library and a vendor's plugin. In C++ see tidegate/plugin.hpp. */
#ifndef TIDEGATE_PLUGIN_H
#define TIDEGATE_PLUGIN_H

#include "tidegate/plugin_entry.h"
#include "tidegate/ext/admission.h"
#include "tidegate/ext/config.h"
#include "tidegate/ext/event_sink.h"
#include "tidegate/ext/lifecycle.h"
#include "tidegate/ext/metrics.h"
#include "tidegate/plugin_host.h"

#endif /* TIDEGATE_PLUGIN_H */
