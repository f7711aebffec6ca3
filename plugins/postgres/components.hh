#pragma once
#include <flowrun/component_table.h>

namespace flowrun::postgres {

extern const flowrun_component query_component, insert_component, listen_component;

}  // namespace flowrun::postgres
