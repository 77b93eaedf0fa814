import { Skeleton, Stack } from "@mantine/core";

/** The outline of a page that is on its way. Screen readers hear that the region is busy instead. */
export function PageSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <Stack aria-busy="true" gap="lg" py="md" mih="60vh">
      <Skeleton height={36} width="min(20rem, 80%)" radius="md" />
      <Skeleton height={18} width="min(34rem, 95%)" radius="md" />
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={88} radius="lg" />
      ))}
    </Stack>
  );
}
