/* Lists the port that is the runner's own. */
#include "component.h"
static const flowrun_component bad = {FINE("error_port.pass"),
                                      .ports = "{\"in\": {\"in\": \"\"}, \"out\": {\"out\": \"\", \"error\": \"\"}}"};
static const flowrun_component* const table[] = {&bad};
PLUGIN("error_port", table, 1);
