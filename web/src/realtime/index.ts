/** Live updates: follow a topic, know how the connection stands. */

export { realtime, setRealtimeIdentity, startRealtime } from "./browser";
export type { RealtimeStatus, Role } from "./parts";
export type { Arrival, ConnectionState, ConnectionStatus } from "./connection";
export { useConnection, useTopic, useTopicNews } from "./useTopic";
export type { News, TopicView } from "./useTopic";
export { dayTopic, requestTopic } from "./wire";
export type {
  AvailabilityTopic,
  CapacityNews,
  DayBoard,
  LogTopic,
  NewestPage,
  RequestNews,
  RequestTopic,
  SlotLeft,
  Topic,
} from "./wire";
