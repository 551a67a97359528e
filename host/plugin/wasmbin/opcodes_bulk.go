// The instructions after the prefix 0xfc: saturating conversions, bulk memory
// and tables.

package wasmbin

var bulkOps = [...]op{
	{bulk, "i32.trunc_sat_f32_s", immNone, "f>i", 0, 1, 0},
	{bulk | 1, "i32.trunc_sat_f32_u", immNone, "f>i", 0, 1, 0},
	{bulk | 2, "i32.trunc_sat_f64_s", immNone, "d>i", 0, 1, 0},
	{bulk | 3, "i32.trunc_sat_f64_u", immNone, "d>i", 0, 1, 0},
	{bulk | 4, "i64.trunc_sat_f32_s", immNone, "f>l", 0, 1, 0},
	{bulk | 5, "i64.trunc_sat_f32_u", immNone, "f>l", 0, 1, 0},
	{bulk | 6, "i64.trunc_sat_f64_s", immNone, "d>l", 0, 1, 0},
	{bulk | 7, "i64.trunc_sat_f64_u", immNone, "d>l", 0, 1, 0},
	{bulk | 8, "memory.init", immDataMem, "iii>", 0, 1, touches | byBytes},
	{bulk | 9, "data.drop", immData, ">", 0, 1, touches},
	{bulk | 10, "memory.copy", immZero2, "iii>", 0, 1, byBytes},
	{bulk | 11, "memory.fill", immZero, "iii>", 0, 1, byBytes},
	{bulk | 12, "table.init", immElemTable, "iii>", 0, 1, touches | byEntries},
	{bulk | 13, "elem.drop", immIndex, ">", 0, 1, touches},
	{bulk | 14, "table.copy", immTable2, "iii>", 0, 1, touches | byEntries},
	{bulk | 15, "table.grow", immIndex, "-", 0, costOfGrowth, touches | byEntries},
	{bulk | 16, "table.size", immIndex, ">i", 0, 1, 0},
	{bulk | 17, "table.fill", immIndex, "-", 0, 1, touches | byEntries},
}
