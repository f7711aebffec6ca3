#pragma once
// The components of core.so, one file each. Built on the installed SDK only, as any other plugin is.

#include <flowrun/component.h>

namespace flowrun::core {

extern const flowrun_component count_component;
extern const flowrun_component cron_component;
extern const flowrun_component dedupe_component;
extern const flowrun_component delay_component;
extern const flowrun_component distinct_component;
extern const flowrun_component exec_component;
extern const flowrun_component fail_component;
extern const flowrun_component filter_component;
extern const flowrun_component generate_component;
extern const flowrun_component group_component;
extern const flowrun_component join_component;
extern const flowrun_component log_component;
extern const flowrun_component map_component;
extern const flowrun_component pass_component;
extern const flowrun_component reply_component;
extern const flowrun_component signal_component;
extern const flowrun_component split_component;
extern const flowrun_component stdin_component;
extern const flowrun_component stdout_component;
extern const flowrun_component switch_component;
extern const flowrun_component throttle_component;
extern const flowrun_component ticker_component;

}  // namespace flowrun::core
