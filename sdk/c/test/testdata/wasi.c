// What the test guest imports from WASI, for native runs.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

uint16_t random_get(void *buf, size_t len);
uint16_t clock_time_get(uint32_t id, uint64_t precision, uint64_t *time);

uint16_t random_get(void *buf, size_t len) {
	memset(buf, 7, len);
	return 0;
}

uint16_t clock_time_get(uint32_t id, uint64_t precision, uint64_t *time) {
	(void)id, (void)precision;
	*time = 7;
	return 0;
}
