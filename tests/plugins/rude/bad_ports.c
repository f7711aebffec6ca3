/* Ports that are not JSON. */
#include "component.h"
static const flowrun_component bad = {FINE("bad_ports.pass"), .ports = "in, out"};
static const flowrun_component* const table[] = {&bad};
PLUGIN("bad_ports", table, 1);
