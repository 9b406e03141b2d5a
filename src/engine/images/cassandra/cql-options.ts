/** What stands behind names in CREATE: types of columns, and the properties behind WITH. */
import { CqlError, invalid } from "./cql-reader.ts";
import type { Reader } from "./cql-reader.ts";

const TYPE =
  /^(ascii|bigint|blob|boolean|date|decimal|double|float|inet|int|smallint|text|time|timestamp|timeuuid|tinyint|uuid|varchar|varint)$/;
/** How a table is stored. */
const STORAGE =
  /^(comment|gc_grace_seconds|compaction|compression|caching|speculative_retry|bloom_filter_fp_chance|crc_check_chance|(max|min)_index_interval|memtable_flush_period_in_ms|additional_write_policy|read_repair|extensions|cdc|memtable|(dclocal_)?read_repair_chance)$/;

export function columnType(reader: Reader, keyspace: string): string {
  const type = reader.name();
  if (!TYPE.test(type)) throw invalid(`Unknown type ${keyspace}.${type} (Drydock: or none that this playground has)`);
  return type;
}

function unknown(property: string): CqlError {
  return new CqlError(`SyntaxException: Unknown property '${property}' (Drydock: or none that this playground has)`);
}

export function keyspaceOptions(reader: Reader): void {
  reader.expect("with");
  do {
    const option = reader.name();
    reader.expect("=");
    if (option === "durable_writes") reader.value(() => "");
    else if (option !== "replication") throw unknown(option);
    else if (!reader.map()) throw reader.problem();
  } while (reader.takes("and"));
}

/** Which columns of the key are in falling order. */
export function tableOptions(reader: Reader): string[] {
  const descending: string[] = [];
  do {
    if (reader.takes("clustering", "order", "by")) {
      reader.expect("(");
      reader.list(() => {
        const name = reader.name();
        if (reader.takes("desc")) descending.push(name);
        else reader.takes("asc");
      });
      reader.expect(")");
      continue;
    }
    const option = reader.name();
    if (!STORAGE.test(option)) throw unknown(option);
    reader.expect("=");
    if (!reader.map()) reader.value(() => "");
  } while (reader.takes("and"));
  return descending;
}
