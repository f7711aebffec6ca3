/* A shared object that is no plugin. */
__attribute__((visibility("default"))) int flowrun_entry(void);
int flowrun_entry(void) { return 1; }
