#pragma once
#include <flowrun/component_table.h>

namespace flowrun::pgq {

extern const flowrun_component consume_component, publish_component;

}  // namespace flowrun::pgq
