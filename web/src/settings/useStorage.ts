import { useQuery } from "@tanstack/react-query";

export interface StorageUse {
  usedBytes: number | null;
  quotaBytes: number | null;
  isPersisted: boolean;
}

async function readStorage(): Promise<StorageUse> {
  const storage = navigator.storage as StorageManager | undefined;
  const [estimate, isPersisted] = await Promise.all([
    storage?.estimate?.() ?? Promise.resolve<StorageEstimate>({}),
    storage?.persisted?.() ?? Promise.resolve(false),
  ]);
  return { usedBytes: estimate.usage ?? null, quotaBytes: estimate.quota ?? null, isPersisted };
}

/** How much of the device is used, and whether the browser may take it back. */
export function useStorage(): StorageUse | undefined {
  return useQuery({ queryKey: ["storage-use"], queryFn: readStorage, staleTime: 0 }).data;
}

const KIB = 1_024;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A size in the unit that fits: what `Intl` needs to say it. */
export function sizeOf(bytes: number): { value: number; unit: (typeof UNITS)[number] } {
  const power = Math.min(
    UNITS.length - 1,
    Math.floor(Math.log(Math.max(1, bytes)) / Math.log(KIB)),
  );
  return { value: bytes / KIB ** power, unit: UNITS[power] ?? "byte" };
}
