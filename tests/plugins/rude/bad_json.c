/* Settings that are not JSON. */
#include "component.h"
static const flowrun_component bad = {FINE("bad_json.pass"), .settings = "{\"properties\": {\"a\": "};
static const flowrun_component* const table[] = {&bad};
PLUGIN("bad_json", table, 1);
