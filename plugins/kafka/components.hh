#pragma once
#include <flowrun/component_table.h>

namespace flowrun::kafka {

extern const flowrun_component consume_component, produce_component;

}  // namespace flowrun::kafka
