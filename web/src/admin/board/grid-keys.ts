/** Where the focus of a grid is. */
export interface GridPlace {
  row: number;
  column: number;
}

export interface GridSize {
  rows: number;
  columns: number;
}

interface KeyPress {
  key: string;
  ctrlKey: boolean;
}

/** Columns that PageUp and PageDown move by: a week. */
const PAGE_COLUMNS = 7;

/**
 * Where a key leads from `from`, as the ARIA grid pattern has it; `undefined` for keys that are not
 * the grid's. In right-to-left pages the arrows follow the eye: left is the next day.
 */
export function placeAfter(
  from: GridPlace,
  { key, ctrlKey }: KeyPress,
  { rows, columns }: GridSize,
  isRtl: boolean,
): GridPlace | undefined {
  const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  const to = (row: number, column: number): GridPlace => ({
    row: clamp(row, rows),
    column: clamp(column, columns),
  });
  const { row, column } = from;
  const forward = isRtl ? "ArrowLeft" : "ArrowRight";
  const back = isRtl ? "ArrowRight" : "ArrowLeft";
  switch (key) {
    case forward:
      return to(row, column + 1);
    case back:
      return to(row, column - 1);
    case "ArrowDown":
      return to(row + 1, column);
    case "ArrowUp":
      return to(row - 1, column);
    case "Home":
      return ctrlKey ? to(0, 0) : to(row, 0);
    case "End":
      return ctrlKey ? to(rows - 1, columns - 1) : to(row, columns - 1);
    case "PageDown":
      return to(row, column + PAGE_COLUMNS);
    case "PageUp":
      return to(row, column - PAGE_COLUMNS);
    default:
      return undefined;
  }
}
