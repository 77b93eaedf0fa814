import { type Day, isDay } from "../lib/days";

/** How many days the board can show. */
export const SPANS = [7, 14, 31] as const;
const SPAN_USUAL = 14;

/** Most teams that an address names. */
const TEAMS_MAX = 64;

/** What the board shows. Lives in the address. */
export interface BoardState {
  from: Day;
  span: number;
  look: "grid" | "table";
  /** None: all of them. */
  teamIds: readonly string[];
  openTeam?: string | undefined;
  openDay?: Day | undefined;
}

export function readBoard(params: URLSearchParams, today: Day): BoardState {
  const from = params.get("from") ?? "";
  const span = Number(params.get("days"));
  const day = params.get("day") ?? "";
  return {
    from: isDay(from) ? from : today,
    span: SPANS.find((one) => one === span) ?? SPAN_USUAL,
    look: params.get("look") === "table" ? "table" : "grid",
    teamIds: (params.get("teams") ?? "")
      .split(",")
      .filter((id) => id !== "")
      .slice(0, TEAMS_MAX),
    openTeam: params.get("team") ?? undefined,
    openDay: isDay(day) ? day : undefined,
  };
}

export function writeBoard(board: BoardState, today: Day): URLSearchParams {
  const params = new URLSearchParams();
  if (board.from !== today) params.set("from", board.from);
  if (board.span !== SPAN_USUAL) params.set("days", String(board.span));
  if (board.look === "table") params.set("look", "table");
  if (board.teamIds.length > 0) params.set("teams", board.teamIds.join(","));
  if (board.openTeam !== undefined && board.openDay !== undefined) {
    params.set("team", board.openTeam);
    params.set("day", board.openDay);
  }
  return params;
}
